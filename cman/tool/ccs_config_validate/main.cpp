// SPDX-License-Identifier: Apache-2.0
//
// ccs_config_validate: checks a configuration before it is used (spec/cman.md 6.1). Works without
// cmand, except for -r.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cman/local_facts.hpp"
#include "cman/tool/ccs_config_dump/running_document.hpp"
#include "cman/tool/ccs_config_validate/arguments.hpp"
#include "cman/tool/ccs_config_validate/temporary.hpp"
#include "cman/tool/ccs_config_validate/verdict.hpp"

namespace {

using namespace ha;
using namespace ha::cman;

struct Input {
    std::string filename;
    std::string bytes;
};

Result<Input> read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file.is_open() || file.bad()) {
        return Error{ErrorCode::not_found, "cannot read " + path};
    }
    return Input{path, std::move(bytes)};
}

Result<Input> read_input(const ValidateArguments& arguments, const Roots& roots)
{
    switch (arguments.source) {
        case Source::file:
        case Source::file_defaults:
            return read_file(arguments.file);
        case Source::stored:
            return read_file(roots.cluster_conf);
        case Source::running: {
            auto running = running_document(roots);
            if (!running) {
                return running.error();
            }
            return Input{"running configuration", std::move(running->bytes)};
        }
    }
    HA_ASSERT(false);
}

int fail(const std::string& text)
{
    std::fprintf(stderr, "Unable to get the configuration\n%s\n", text.c_str());
    return static_cast<int>(ValidateExit::failed);
}

int validate(const ValidateArguments& arguments)
{
    const Roots roots = Roots::from_environment();
    const Result<Input> input = read_input(arguments, roots);
    if (!input) {
        return fail(input.error().text);
    }
    std::optional<TemporaryCopy> copy;
    if (arguments.temporary || arguments.keep_temporary) {
        Result<TemporaryCopy> made = TemporaryCopy::write(arguments.temporary.value_or(""),
                                                          input->bytes, arguments.overwrite);
        if (!made) {
            return fail(made.error().text);
        }
        copy.emplace(*std::move(made));
    }
    const config::Facts facts =
        arguments.source == Source::stored ? local_facts(roots) : config::Facts{};
    const Verdict verdict =
        judge(input->bytes, facts,
              {input->filename, arguments.running_version, arguments.quiet, arguments.verbose});
    std::fputs(verdict.err.c_str(), stderr);
    std::fputs(verdict.out.c_str(), stdout);
    if (copy && arguments.keep_temporary) {
        const std::string path = copy->keep();
        if (!arguments.quiet) {
            std::fprintf(stderr, "Temporary file kept: %s\n", path.c_str());
        }
    }
    return static_cast<int>(verdict.exit);
}

}  // namespace

int main(int argc, char** argv)
{
    const auto parsed = parse_validate_arguments(std::vector<std::string>(argv, argv + argc));
    if (const auto* end = std::get_if<EndNow>(&parsed)) {
        std::fputs(end->out.c_str(), stdout);
        std::fputs(end->err.c_str(), stderr);
        return end->code;
    }
    return validate(std::get<ValidateArguments>(parsed));
}
