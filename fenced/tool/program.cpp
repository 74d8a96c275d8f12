// SPDX-License-Identifier: Apache-2.0
#include "fenced/tool/program.hpp"

#include <cstdio>
#include <cstdlib>

namespace ha::fence::tool {

void Program::complain(std::string_view text) const
{
    std::fprintf(stderr, "%s: %.*s\n", name_.c_str(), static_cast<int>(text.size()), text.data());
}

int Program::fail(std::string_view text) const
{
    complain(text);
    return EXIT_FAILURE;
}

int Program::bad_option() const
{
    std::fputs("Please use '-h' for usage.\n", stderr);
    return EXIT_FAILURE;
}

int Program::show_version() const
{
    std::printf("%s %s (built %s %s)\n", name_.c_str(), HA_VERSION, __DATE__, __TIME__);
    std::puts("Copyright (C) the Cluster Suite authors. Licensed under Apache-2.0.");
    return EXIT_SUCCESS;
}

int classic_number(std::string_view text)
{
    return std::atoi(std::string(text).c_str());
}

}  // namespace ha::fence::tool
