// SPDX-License-Identifier: Apache-2.0
#include "common/base/hash.hpp"

#include <openssl/evp.h>

#include <array>

#include "common/base/assert.hpp"

namespace ha {
namespace {

std::string digest_hex(const EVP_MD* algorithm, std::string_view bytes)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    const int done =
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, algorithm, nullptr);
    HA_ASSERT(done == 1);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * length);
    for (unsigned int i = 0; i < length; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

}  // namespace

std::string sha256_hex(std::string_view bytes)
{
    return digest_hex(EVP_sha256(), bytes);
}

std::string sha512_hex(std::string_view bytes)
{
    return digest_hex(EVP_sha512(), bytes);
}

}  // namespace ha
