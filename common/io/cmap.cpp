// SPDX-License-Identifier: Apache-2.0
#include "common/io/cmap.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include <corosync/cmap.h>

#include "common/io/detail/corosync_link.hpp"
#include "common/io/loop.hpp"

namespace ha::io {

namespace {

constexpr std::size_t value_bytes_max = 65536;

template <class Number>
std::string number_text(const void* bytes)
{
    Number number{};
    std::memcpy(&number, bytes, sizeof number);
    return std::to_string(number);
}

/// Empty optional-like: false for binary values.
bool value_text(cmap_value_types_t type, const void* bytes, std::size_t size, std::string& text)
{
    switch (type) {
        case CMAP_VALUETYPE_INT8:
            text = number_text<std::int8_t>(bytes);
            return true;
        case CMAP_VALUETYPE_UINT8:
            text = number_text<std::uint8_t>(bytes);
            return true;
        case CMAP_VALUETYPE_INT16:
            text = number_text<std::int16_t>(bytes);
            return true;
        case CMAP_VALUETYPE_UINT16:
            text = number_text<std::uint16_t>(bytes);
            return true;
        case CMAP_VALUETYPE_INT32:
            text = number_text<std::int32_t>(bytes);
            return true;
        case CMAP_VALUETYPE_UINT32:
            text = number_text<std::uint32_t>(bytes);
            return true;
        case CMAP_VALUETYPE_INT64:
            text = number_text<std::int64_t>(bytes);
            return true;
        case CMAP_VALUETYPE_UINT64:
            text = number_text<std::uint64_t>(bytes);
            return true;
        case CMAP_VALUETYPE_FLOAT:
            text = number_text<float>(bytes);
            return true;
        case CMAP_VALUETYPE_DOUBLE:
            text = number_text<double>(bytes);
            return true;
        case CMAP_VALUETYPE_STRING:
            text.assign(static_cast<const char*>(bytes),
                        ::strnlen(static_cast<const char*>(bytes), size));
            return true;
        default:
            return false;
    }
}

using OnChange = std::function<void(const std::string& key, const std::string& value)>;

void on_track(cmap_handle_t, cmap_track_handle_t, std::int32_t, const char* key,
              cmap_notify_value new_value, cmap_notify_value, void* context)
{
    std::string value;
    if (new_value.data != nullptr) {
        value_text(new_value.type, new_value.data, new_value.len, value);
    }
    (*static_cast<OnChange*>(context))(key, value);
}

}  // namespace

struct Cmap::Impl {
    explicit Impl(cmap_handle_t opened) : handle(opened) {}
    ~Impl()
    {
        watch.reset();
        ::cmap_finalize(handle);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void dispatch()
    {
        const cs_error_t error = ::cmap_dispatch(handle, CS_DISPATCH_ALL);
        if (error != CS_OK && error != CS_ERR_TRY_AGAIN) {
            watch.reset();
        }
    }

    cmap_handle_t handle;
    std::vector<std::unique_ptr<OnChange>> trackers;
    std::unique_ptr<FdWatch> watch;
};

Cmap::Cmap(std::unique_ptr<Impl> impl) : impl_(std::move(impl))
{}
Cmap::~Cmap() = default;
Cmap::Cmap(Cmap&&) noexcept = default;
Cmap& Cmap::operator=(Cmap&&) noexcept = default;

Result<Cmap> Cmap::connect()
{
    cmap_handle_t handle = 0;
    const cs_error_t error = try_again([&] { return ::cmap_initialize(&handle); });
    if (error != CS_OK) {
        return corosync_error("cmap", error);
    }
    return Cmap(std::make_unique<Impl>(handle));
}

Result<std::string> Cmap::get(const std::string& key) const
{
    std::array<char, value_bytes_max> bytes{};
    std::size_t size = bytes.size();
    cmap_value_types_t type{};
    const cs_error_t error = try_again(
        [&] { return ::cmap_get(impl_->handle, key.c_str(), bytes.data(), &size, &type); });
    if (error != CS_OK) {
        return corosync_error(key, error);
    }
    std::string text;
    if (!value_text(type, bytes.data(), size, text)) {
        return Error{ErrorCode::invalid_input, key + " holds bytes, not text"};
    }
    return text;
}

Result<std::uint64_t> Cmap::get_number(const std::string& key) const
{
    const Result<std::string> text = get(key);
    if (!text) {
        return text.error();
    }
    std::uint64_t number = 0;
    const char* last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), last, number);
    if (error != std::errc{} || end != last) {
        return Error{ErrorCode::invalid_input, key + " is no number: " + *text};
    }
    return number;
}

Result<std::vector<std::pair<std::string, std::string>>> Cmap::list(const std::string& prefix) const
{
    cmap_iter_handle_t iterator = 0;
    const cs_error_t error =
        try_again([&] { return ::cmap_iter_init(impl_->handle, prefix.c_str(), &iterator); });
    if (error != CS_OK) {
        return corosync_error("list " + prefix, error);
    }
    std::vector<std::pair<std::string, std::string>> values;
    std::array<char, CMAP_KEYNAME_MAXLEN + 1> name{};
    while (::cmap_iter_next(impl_->handle, iterator, name.data(), nullptr, nullptr) == CS_OK) {
        if (const Result<std::string> value = get(name.data())) {
            values.emplace_back(name.data(), *value);
        }
    }
    ::cmap_iter_finalize(impl_->handle, iterator);
    return values;
}

Status Cmap::set(const std::string& key, const std::string& value)
{
    const cs_error_t error =
        try_again([&] { return ::cmap_set_string(impl_->handle, key.c_str(), value.c_str()); });
    return error == CS_OK ? ok() : Status{corosync_error("set " + key, error)};
}

Status Cmap::set_number(const std::string& key, std::uint32_t value)
{
    const cs_error_t error =
        try_again([&] { return ::cmap_set_uint32(impl_->handle, key.c_str(), value); });
    return error == CS_OK ? ok() : Status{corosync_error("set " + key, error)};
}

Status Cmap::track(Loop& loop, const std::string& prefix, OnChange on_change)
{
    int fd = -1;
    if (const cs_error_t error = ::cmap_fd_get(impl_->handle, &fd); error != CS_OK) {
        return corosync_error("cmap", error);
    }
    auto tracker = std::make_unique<OnChange>(std::move(on_change));
    cmap_track_handle_t track = 0;
    constexpr int events =
        CMAP_TRACK_ADD | CMAP_TRACK_DELETE | CMAP_TRACK_MODIFY | CMAP_TRACK_PREFIX;
    const cs_error_t error = try_again([&] {
        return ::cmap_track_add(impl_->handle, prefix.c_str(), events, on_track, tracker.get(),
                                &track);
    });
    if (error != CS_OK) {
        return corosync_error("track " + prefix, error);
    }
    impl_->trackers.push_back(std::move(tracker));
    if (impl_->watch == nullptr) {
        impl_->watch =
            std::make_unique<FdWatch>(loop, fd, [impl = impl_.get()] { impl->dispatch(); });
    }
    return ok();
}

}  // namespace ha::io
