// SPDX-License-Identifier: Apache-2.0
//
// HA_ASSERT guards what must be impossible. It stays on in release: a daemon whose own state is
// impossible must stop (fail-stop), because its peers can handle a dead daemon but not a wrong one.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace ha::detail {

[[noreturn]] inline void assertion_failed(const char* expression, const char* file, int line)
{
    std::fprintf(stderr, "%s:%d: impossible state: %s\n", file, line, expression);
    std::abort();
}

}  // namespace ha::detail

#define HA_ASSERT(expression)            \
    ((expression) ? static_cast<void>(0) \
                  : ::ha::detail::assertion_failed(#expression, __FILE__, __LINE__))
