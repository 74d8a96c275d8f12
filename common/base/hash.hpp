// SPDX-License-Identifier: Apache-2.0
//
// Hashes of documents: what nodes compare to know that they hold the same configuration (S8).
#pragma once

#include <string>
#include <string_view>

namespace ha {

/// SHA-256 of the bytes, 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// SHA-512 of the bytes, 128 lower-case hex digits. For the key derived from the cluster's name.
std::string sha512_hex(std::string_view bytes);

}  // namespace ha
