// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_validate/arguments.hpp"

#include <unistd.h>

#include "common/config/values.hpp"

namespace ha::cman {
namespace {

constexpr int exit_usage = 255;

constexpr const char* usage =
    "Usage:\n"
    "\n"
    "ccs_config_validate [options]\n"
    "\n"
    "Checks a configuration: the schema, and what a schema cannot see. Every problem is printed on "
    "stderr\n"
    "with file, line, what is wrong and what would be accepted; the last line on stdout is the "
    "verdict.\n"
    "\n"
    "Options:\n"
    "  -h          Print this help, then exit.\n"
    "  -V          Print version information, then exit.\n"
    "  -v          Be verbose: name the source and its version, the cluster and its nodes.\n"
    "  -q          Be quiet: print nothing if the configuration validates.\n"
    "  -f FILE     Check FILE as it is; names are not resolved, so any machine will do.\n"
    "  -l FILE     Check FILE together with the defaults of a run time (they are built in: as "
    "-f).\n"
    "  -r          Check the running configuration.\n"
    "  -C LOADER   Use that configuration plugin (xmlconfig only).\n"
    "  -t FILE     Name of the temporary file that gets a copy of what was checked.\n"
    "  -n          Do not remove the temporary file.\n"
    "  -o          Overwrite the temporary file if it exists.\n"
    "  -R VERSION  Require a version above VERSION.\n"
    "  -u          Update the schema first (nothing to do: it is part of this program).\n"
    "\n"
    "Without -f, -l, -r: this node's cluster.conf, checked as the node would load it, with all "
    "names\n"
    "resolved. -f, -l, -r and -C exclude each other, as do -v and -q.\n"
    "\n"
    "Exit: 0 valid, 3 invalid, 1 not parseable, 253 no version found (-R), 254 version not above "
    "VERSION\n"
    "(-R), 255 wrong usage or no configuration.\n";

EndNow wrong(const std::string& text)
{
    return {exit_usage, "", text + "\nPlease use '-h' for usage.\n"};
}

class Parser
{
public:
    std::optional<EndNow> option(int letter, const std::string& value)
    {
        switch (letter) {
            case 'h':
                return EndNow{0, usage, ""};
            case 'V':
                return EndNow{0, "ccs_config_validate 4.0.0\n", ""};
            case 'f':
                return take_source(Source::file, value);
            case 'l':
                return take_source(Source::file_defaults, value);
            case 'r':
                return take_source(Source::running, "");
            case 'C':
                return loader(value);
            case 'R':
                return version(value);
            case 't':
                arguments_.temporary = value;
                return std::nullopt;
            default:
                return flag(letter);
        }
    }

    std::variant<ValidateArguments, EndNow> finish()
    {
        if (arguments_.quiet && arguments_.verbose) {
            return wrong("-v and -q exclude each other");
        }
        if (sources_ > 1) {
            return wrong("-f, -l, -r and -C exclude each other");
        }
        return arguments_;
    }

private:
    std::optional<EndNow> flag(int letter)
    {
        switch (letter) {
            case 'v':
                arguments_.verbose = true;
                return std::nullopt;
            case 'q':
                arguments_.quiet = true;
                return std::nullopt;
            case 'n':
                arguments_.keep_temporary = true;
                return std::nullopt;
            case 'o':
                arguments_.overwrite = true;
                return std::nullopt;
            case 'u':
                return std::nullopt;
            default:
                return wrong("unknown option or missing argument");
        }
    }

    std::optional<EndNow> take_source(Source source, const std::string& file)
    {
        ++sources_;
        arguments_.source = source;
        arguments_.file = file;
        return std::nullopt;
    }

    std::optional<EndNow> loader(const std::string& name)
    {
        ++sources_;
        if (name != "xmlconfig") {
            return wrong("there is no configuration plugin " + name + ", only xmlconfig");
        }
        return std::nullopt;
    }

    std::optional<EndNow> version(const std::string& text)
    {
        const auto number = config::parse_integer(text);
        if (!number || *number < 0) {
            return wrong("argument to -R (" + text + ") is not a version");
        }
        arguments_.running_version = static_cast<std::uint64_t>(*number);
        return std::nullopt;
    }

    ValidateArguments arguments_;
    int sources_ = 0;
};

}  // namespace

std::variant<ValidateArguments, EndNow> parse_validate_arguments(
    const std::vector<std::string>& words)
{
    std::vector<char*> argv;
    for (const std::string& word : words) {
        argv.push_back(const_cast<char*>(word.c_str()));
    }
    argv.push_back(nullptr);
    const int argc = static_cast<int>(words.size());
    Parser parser;
    ::optind = 0;  // glibc: start anew
    ::opterr = 0;
    for (int letter = 0; (letter = ::getopt(argc, argv.data(), "hVvqf:l:rC:t:noR:u")) != -1;) {
        if (auto end = parser.option(letter, ::optarg == nullptr ? "" : ::optarg)) {
            return *end;
        }
    }
    if (::optind < argc) {
        return wrong("unknown option " + std::string(argv[static_cast<std::size_t>(::optind)]));
    }
    return parser.finish();
}

}  // namespace ha::cman
