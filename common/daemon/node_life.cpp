// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/node_life.hpp"

#include <sys/random.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "common/base/assert.hpp"
#include "common/io/clock.hpp"
#include "common/io/file.hpp"

// RUN/node_life:  boot=<kernel boot id>[+<VM generation id>]
//                 life=<boot id, first part>-<random>

namespace ha::daemon {

namespace {

constexpr const char* boot_id_file = "/proc/sys/kernel/random/boot_id";
/// QEMU shows the generation id here (module qemu_fw_cfg); it changes when a machine is restored or
/// cloned.
constexpr const char* vm_generation_file = "/sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw";
constexpr std::size_t vm_generation_offset = 40;
constexpr std::size_t vm_generation_bytes = 16;
constexpr std::size_t boot_id_digits = 8;  ///< of a boot id's first part, with which a life begins
constexpr std::size_t random_bytes = 8;
constexpr std::size_t file_bytes_max = 4096;

/// What daemons keep from run to run of one node life; all of it is written after node_life. (Not
/// agents/: the tool fence_node writes there before any daemon has run.)
constexpr const char* kept_files[] = {"cmand.run", "fenced.state", "rgmanager.life",
                                      "rgmanager.state", "rgmanager.state.doubted"};

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

bool is_hex(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// As the kernel writes it, 8-4-4-4-12 digits; behind a `+` the VM generation id.
bool is_boot_identity(std::string_view text)
{
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    const std::string_view boot = text.substr(0, form.size());
    const std::string_view generation = text.substr(boot.size());
    return std::equal(boot.begin(), boot.end(), form.begin(), form.end(),
                      [](char c, char f) {
                          return f == 'x' ? is_hex({&c, 1}) : c == f;
                      }) &&
           (generation.empty() || (generation.size() == 1 + 2 * vm_generation_bytes &&
                                   generation[0] == '+' && is_hex(generation.substr(1))));
}

/// As new_life() makes it.
bool is_life_of(std::string_view boot, std::string_view life)
{
    const std::string_view start = boot.substr(0, boot_id_digits);
    return life.size() == boot_id_digits + 1 + 2 * random_bytes && life.starts_with(start) &&
           life[boot_id_digits] == '-' && is_hex(life.substr(boot_id_digits + 1));
}

Result<std::string> boot_identity()
{
    Result<std::string> boot = io::read_file(boot_id_file, 4096);
    if (!boot) {
        return boot.error();
    }
    std::string identity = boot->substr(0, boot->find('\n'));
    if (!is_boot_identity(identity)) {
        return Error{ErrorCode::system, std::string(boot_id_file) + " names no boot"};
    }
    const Result<std::string> generation = io::read_file(vm_generation_file, 65536);
    if (generation && generation->size() >= vm_generation_offset + vm_generation_bytes) {
        identity += "+" + hex(generation->substr(vm_generation_offset, vm_generation_bytes));
    }
    return identity;
}

std::string new_life(const std::string& boot)
{
    std::array<char, random_bytes> random{};
    HA_ASSERT(::getrandom(random.data(), random.size(), 0) == static_cast<ssize_t>(random.size()));
    return boot.substr(0, boot_id_digits) + "-" + hex({random.data(), random.size()});
}

Error life_unknown(const Roots& roots, ErrorCode code, const std::string& what)
{
    return {code, what +
                      ": whether services were started here in this very boot cannot be told. "
                      "Boot this node; or, when no daemon of the suite and no service runs here "
                      "any more, empty " +
                      roots.run};
}

/// Nothing: there is no such file.
Result<std::optional<StoredLife>> stored_life(const Roots& roots, const std::string& path)
{
    const Result<std::string> text = io::read_file(path, file_bytes_max);
    if (!text && text.error().code == ErrorCode::not_found) {
        return std::optional<StoredLife>();
    }
    if (!text) {
        return life_unknown(roots, text.error().code, text.error().text);
    }
    std::optional<StoredLife> stored = parse_node_life(*text);
    if (!stored) {
        return life_unknown(roots, ErrorCode::invalid_input, path + " is damaged");
    }
    return stored;
}

/// No file, yet daemons have run: it was taken away, and they, or what they started, may go on.
Status check_fresh(const Roots& roots, const std::string& path)
{
    for (const char* name : kept_files) {
        std::error_code error;
        const auto status = std::filesystem::symlink_status(roots.run_file(name), error);
        if (status.type() != std::filesystem::file_type::not_found) {
            return life_unknown(roots, ErrorCode::invalid_input,
                                path + " is missing beside " + name);
        }
    }
    return ok();
}

}  // namespace

std::string format_node_life(const StoredLife& stored)
{
    return "boot=" + stored.boot + "\nlife=" + stored.life + "\n";
}

std::optional<StoredLife> parse_node_life(std::string_view text)
{
    constexpr std::string_view boot_key = "boot=";
    constexpr std::string_view life_key = "\nlife=";
    const std::size_t middle = text.find(life_key);
    if (!text.starts_with(boot_key) || middle == std::string_view::npos || !text.ends_with('\n')) {
        return std::nullopt;
    }
    text.remove_suffix(1);
    const std::string_view boot = text.substr(boot_key.size(), middle - boot_key.size());
    const std::string_view life = text.substr(middle + life_key.size());
    if (!is_boot_identity(boot) || !is_life_of(boot, life)) {
        return std::nullopt;
    }
    return StoredLife{std::string(boot), std::string(life)};
}

bool is_same_boot(std::string_view one, std::string_view other)
{
    const std::size_t shared = std::min(one.size(), other.size());
    return one.substr(0, shared) == other.substr(0, shared);
}

Result<NodeLife> read_or_make_node_life(const Roots& roots)
{
    const Result<std::string> boot = boot_identity();
    if (!boot) {
        return boot.error();
    }
    const std::string path = roots.run_file("node_life");
    Result<std::optional<StoredLife>> stored = stored_life(roots, path);
    if (!stored) {
        return stored.error();
    }
    if (*stored && is_same_boot((*stored)->boot, *boot)) {
        return NodeLife{(*stored)->life};
    }
    // Daemons start together: the lock's holder makes the file, the others find it made.
    const Result<io::FileLock> lock = io::FileLock::take(path + ".lock");
    if (!lock) {
        return lock.error();
    }
    stored = stored_life(roots, path);
    if (!stored) {
        return stored.error();
    }
    if (*stored && is_same_boot((*stored)->boot, *boot)) {
        return NodeLife{(*stored)->life};
    }
    if (Status fresh = *stored ? ok() : check_fresh(roots, path); !fresh) {
        return fresh.error();
    }
    const std::string life = new_life(*boot);
    // Whole or not at all, whenever we die: a start that was killed here leaves no file.
    if (Status written = io::write_file(path, format_node_life({*boot, life})); !written) {
        return written.error();
    }
    return NodeLife{life};
}

DaemonLife new_daemon_life(const NodeLife& node)
{
    return {node, static_cast<std::uint64_t>(io::now().time_since_epoch().count())};
}

}  // namespace ha::daemon
