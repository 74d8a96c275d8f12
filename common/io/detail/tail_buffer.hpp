// SPDX-License-Identifier: Apache-2.0
// Keeps the last bytes of a stream: the reason an agent failed stands at the end of what it said.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ha::io {

class TailBuffer
{
public:
    explicit TailBuffer(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    void append(std::string_view bytes)
    {
        text_.append(bytes);
        if (text_.size() > 2 * bytes_max_) {
            cut();
        }
    }

    [[nodiscard]] bool is_truncated() const { return truncated_ || text_.size() > bytes_max_; }

    /// The last bytes_max bytes.
    [[nodiscard]] std::string take()
    {
        cut();
        return std::move(text_);
    }

private:
    void cut()
    {
        if (text_.size() > bytes_max_) {
            text_.erase(0, text_.size() - bytes_max_);
            truncated_ = true;
        }
    }

    std::size_t bytes_max_;
    std::string text_;
    bool truncated_ = false;
};

}  // namespace ha::io
