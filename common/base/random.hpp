// SPDX-License-Identifier: Apache-2.0
//
// The only source of randomness for cores and the simulator: seeded, injected, the same on every
// machine. (std::uniform_int_distribution differs between libraries, so a seed alone would not
// replay.)
#pragma once

#include <cstdint>

#include "common/base/assert.hpp"

namespace ha {

/// SplitMix64: small, fast, good enough for schedules and tie-breaks; never for secrets.
class Random
{
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next()
    {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }

    /// Uniform enough in [0, bound). Precondition: bound > 0.
    std::uint64_t below(std::uint64_t bound)
    {
        HA_ASSERT(bound > 0);
        return next() % bound;
    }

    /// In [low, high]. Precondition: low <= high.
    std::int64_t between(std::int64_t low, std::int64_t high)
    {
        HA_ASSERT(low <= high);
        return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
    }

    /// True in `per_mille` of 1000 draws.
    bool chance(std::uint64_t per_mille) { return below(1000) < per_mille; }

    /// A generator of its own for one part, so that more draws there do not shift the others.
    Random fork() { return Random(next()); }

private:
    std::uint64_t state_;
};

}  // namespace ha
