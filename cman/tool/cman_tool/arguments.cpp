// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/cman_tool/arguments.hpp"

#include <getopt.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <sstream>
#include <string_view>

namespace ha::cman {

namespace {

struct Word {
    std::string_view text;
    Operation operation;
};

constexpr std::array words{
    Word{"join", Operation::join},   Word{"leave", Operation::leave},
    Word{"kill", Operation::kill},   Word{"expected", Operation::expected},
    Word{"votes", Operation::votes}, Word{"version", Operation::version},
    Word{"wait", Operation::wait},   Word{"status", Operation::status},
    Word{"nodes", Operation::nodes}, Word{"services", Operation::services},
    Word{"debug", Operation::debug},
};

constexpr const char* option_letters = "m:n:v:e:2p:c:N:t:o:k:F:C:APwqaXD::Szd::r::Vh";
constexpr std::size_t names_max = 10;
constexpr std::size_t name_bytes_max = 65;
constexpr std::size_t fields_max = 10;

/// Reads one command line. Errors are EarlyExit values with the classic words.
class Parser
{
public:
    explicit Parser(Arguments& arguments) : arguments_(arguments) {}

    std::optional<EarlyExit> option(int letter, const char* value)
    {
        switch (letter) {
            case 'n':
                return add_name(value);
            case 'v':
                return number(letter, value, arguments_.votes);
            case 'e':
                return number(letter, value, arguments_.expected);
            case 'p':
                return number(letter, value, arguments_.port);
            case 'N':
                return number(letter, value, arguments_.node_id);
            case 't':
                return number(letter, value, arguments_.timeout_s);
            case 'd':
                return debug_level(value);
            case 'F':
                return add_fields(value);
            case 'c':
                arguments_.cluster_name = value;
                return std::nullopt;
            case 'k':
                arguments_.keyfile = value;
                return std::nullopt;
            case 'C':
                arguments_.config_loader = value;
                return std::nullopt;
            case 'D':
                return validation(value);
            case 'r':
                arguments_.reload = true;
                arguments_.reload_version = value != nullptr;
                return std::nullopt;
            case 'h':
                help_ = true;
                return std::nullopt;
            case 'V':
                version_ = true;
                return std::nullopt;
            default:
                return flag(letter);
        }
    }

    std::optional<EarlyExit> word(std::string_view text)
    {
        for (const Word& known : words) {
            if (known.text == text) {
                if (arguments_.operation != Operation::none) {
                    return failure("can't specify two operations");
                }
                arguments_.operation = known.operation;
                return std::nullopt;
            }
        }
        if (text == "force") {
            arguments_.force = true;
        } else if (text == "remove") {
            arguments_.remove = true;
        } else {
            return failure("unknown option " + std::string(text));
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<EarlyExit> finish() const
    {
        if (help_) {
            return EarlyExit{0, usage(arguments_.program, arguments_.operation), ""};
        }
        if (version_) {
            return EarlyExit{0,
                             "cman_tool 4.0.0 (built " __DATE__ " " __TIME__
                             ")\nCopyright (C) the Cluster Suite authors, Apache-2.0.\n",
                             ""};
        }
        if (arguments_.operation == Operation::none) {
            return failure("no operation specified");
        }
        return std::nullopt;
    }

private:
    [[nodiscard]] EarlyExit failure(const std::string& text) const
    {
        return {1, "", arguments_.program + ": " + text + "\n"};
    }

    std::optional<EarlyExit> flag(int letter)
    {
        switch (letter) {
            case '2':
                arguments_.two_node = true;
                return std::nullopt;
            case 'w':
                arguments_.wait = true;
                return std::nullopt;
            case 'q':
                arguments_.quorum = true;
                return std::nullopt;
            case 'a':
                arguments_.addresses = true;
                return std::nullopt;
            case 'P':
                arguments_.no_realtime = true;
                return std::nullopt;
            case 'X':
                arguments_.no_config_file = true;
                return std::nullopt;
            case 'S':
                arguments_.no_sync = true;
                return std::nullopt;
            case 'm':
                arguments_.multicast = true;
                return std::nullopt;
            case 'o':
            case 'A':
            case 'z':
                return std::nullopt;  // accepted, without effect
            default:
                return EarlyExit{1, "", "Please use '-h' for usage.\n"};
        }
    }

    std::optional<EarlyExit> number(int letter, const char* text, std::optional<int>& target) const
    {
        int value = 0;
        const char* end = text + std::strlen(text);
        const auto [stop, error] = std::from_chars(text, end, value);
        const std::string option(1, static_cast<char>(letter));
        if (error != std::errc{} || stop != end) {
            return failure("argument to " + option + " (" + text + ") is not an integer");
        }
        if (value < 0) {
            return failure("argument to " + option + " cannot be negative");
        }
        target = value;
        return std::nullopt;
    }

    std::optional<EarlyExit> debug_level(const char* value)
    {
        std::optional<int> level = 255;
        if (value != nullptr) {
            if (auto wrong = number('d', value, level)) {
                return wrong;
            }
        }
        arguments_.debug = *level;
        return std::nullopt;
    }

    std::optional<EarlyExit> validation(const char* value)
    {
        const int first =
            value == nullptr ? 'n' : std::tolower(static_cast<unsigned char>(value[0]));
        switch (first) {
            case 'f':
                arguments_.validation = Validation::fail;
                return std::nullopt;
            case 'w':
                arguments_.validation = Validation::warn;
                return std::nullopt;
            case 'n':
                arguments_.validation = Validation::none;
                return std::nullopt;
            default:
                return failure(std::string("invalid argument to -D (") + value + ")");
        }
    }

    std::optional<EarlyExit> add_name(const char* value)
    {
        if (std::strlen(value) > name_bytes_max) {
            return failure("maximum node name length is " + std::to_string(name_bytes_max));
        }
        if (arguments_.node_names.size() == names_max) {
            return failure("maximum of " + std::to_string(names_max) + " node names allowed");
        }
        arguments_.node_names.emplace_back(value);
        return std::nullopt;
    }

    std::optional<EarlyExit> add_fields(const char* value)
    {
        std::istringstream list(value);
        for (std::string field; std::getline(list, field, ',');) {
            if (arguments_.fields.size() == fields_max) {
                return failure("maximum of " + std::to_string(fields_max) + " fields allowed");
            }
            arguments_.fields.push_back(field);
        }
        return std::nullopt;
    }

    Arguments& arguments_;
    bool help_ = false;
    bool version_ = false;
};

}  // namespace

std::optional<EarlyExit> parse_arguments(int argc, char** argv, Arguments& arguments)
{
    arguments.program = argc > 0 ? argv[0] : "cman_tool";
    Parser parser(arguments);
    optind = 0;  // GNU: start afresh, permute
    for (int letter = 0; (letter = ::getopt(argc, argv, option_letters)) != -1;) {
        if (auto exit = parser.option(letter, optarg)) {
            return exit;
        }
    }
    for (int index = optind; index < argc; ++index) {
        if (auto exit = parser.word(argv[index])) {
            return exit;
        }
    }
    return parser.finish();
}

}  // namespace ha::cman
