// SPDX-License-Identifier: Apache-2.0
//
// OverrideFifo: the oldest way to acknowledge a victim, kept because scripts and Debian's
// fence_ack_manual write to it (spec fenced 2.4). It exists only while a victim waits, takes one
// name at a time, and accepts the names it was opened for, in any case.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace ha::io {
class FdWatch;
class Loop;
}  // namespace ha::io

namespace ha::fence {

/// The name in what was written: at most 127 bytes, cut at the first control character.
[[nodiscard]] std::string written_name(std::string_view bytes);

class OverrideFifo
{
public:
    /// `on_name` gets every name that is written; who is meant is its matter.
    OverrideFifo(io::Loop& loop, std::function<void(const std::string& name)> on_name);
    ~OverrideFifo();  ///< removes it
    OverrideFifo(const OverrideFifo&) = delete;
    OverrideFifo& operator=(const OverrideFifo&) = delete;

    /// Makes it, mode 0600; whatever stands there is replaced, a directory excepted. Open already
    /// at this path: nothing happens. Errors: system.
    [[nodiscard]] Status open(const std::string& path);

    void close();

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

private:
    void read_name();

    io::Loop& loop_;
    std::function<void(const std::string&)> on_name_;
    std::string path_;
    int fd_ = -1;
    std::unique_ptr<io::FdWatch> watch_;
};

}  // namespace ha::fence
