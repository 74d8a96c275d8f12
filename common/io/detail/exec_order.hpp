// SPDX-License-Identifier: Apache-2.0
// What a daemon tells its ha-exec through the gate, first this, then one byte; both sides are of
// one build. Layout: ExecOrder as one message with descriptors in the order of ExecOrderDescriptor;
// the text holds the arguments, then the variables, each ended by a NUL. Used by ha_exec.cpp, which
// links nothing of ours: only the standard library here.
#pragma once

#include <cstdint>

namespace ha::io {

struct ExecOrder {
    std::uint32_t magic = 0;
    std::uint32_t arguments = 0;  ///< how many; the first is the program's path
    std::uint32_t variables = 0;
    std::uint32_t text_bytes = 0;
};

enum ExecOrderDescriptor : unsigned {
    order_text,       ///< a file in memory
    order_directory,  ///< becomes the working directory
    order_input,
    order_output,
    order_error,
    order_descriptors  ///< how many
};

constexpr std::uint32_t exec_order_magic = 0x31455848;
constexpr int exec_gate = 3;  ///< where the helper finds its end of the gate

// The byte: the record is on disk, go.
constexpr char go_and_die_with_parent = 'k';
constexpr char go_and_outlive_parent = 'o';

}  // namespace ha::io
