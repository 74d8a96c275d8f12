// SPDX-License-Identifier: Apache-2.0
//
// What each operation does; each returns the exit code.
#pragma once

#include "cman/tool/cman_tool/arguments.hpp"
#include "common/base/roots.hpp"

namespace ha::cman {

int run_status(const Arguments& arguments, const Roots& roots);
int run_nodes(const Arguments& arguments, const Roots& roots);
int run_version(const Arguments& arguments, const Roots& roots);
int run_wait(const Arguments& arguments, const Roots& roots);
int run_leave(const Arguments& arguments, const Roots& roots);
int run_kill(const Arguments& arguments, const Roots& roots);
int run_expected(const Arguments& arguments, const Roots& roots);
int run_votes(const Arguments& arguments, const Roots& roots);
int run_services(const Arguments& arguments);
int run_join(const Arguments& arguments, const Roots& roots);

}  // namespace ha::cman
