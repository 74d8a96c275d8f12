// SPDX-License-Identifier: Apache-2.0
//
// One thing wrong with a cluster.conf, as a value. All problems of a file are reported together: a
// person corrects a file once, not once per mistake.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ha::config {

/// Whether schemas/cluster.rng sees it too, or only our checks.
enum class Origin { schema, semantic };

/// What a problem means for `cman_tool join` and for a reload.
enum class Consequence {
    refuse,    ///< class E: nothing starts or is reloaded, whatever `-D` says
    complain,  ///< follows `-D`: FAIL refuses, WARN prints and goes on with the attribute's default
    warn,      ///< printed only
};

struct Problem {
    Origin origin = Origin::schema;
    Consequence consequence = Consequence::complain;
    std::string rule;      ///< C1 ... C26 of spec/cman.md 2.2, or empty
    int line = 0;          ///< 1-based; 0: the file as a whole
    std::string subject;   ///< the attribute, or the element if no attribute is at fault
    std::string what;      ///< what is wrong
    std::string accepted;  ///< what would be accepted; empty if `what` says it

    friend bool operator==(const Problem&, const Problem&) = default;
};

/// `FILE:LINE: SUBJECT: WHAT; ACCEPTED`, with `warning: ` before the subject of a warning. No
/// newline.
std::string describe(const Problem& problem, std::string_view filename);

/// A class E problem is among them.
bool has_refusal(const std::vector<Problem>& problems);

/// Anything but warnings is among them: the file does not validate.
bool has_error(const std::vector<Problem>& problems);

/// Collects problems while a file is checked.
class Report
{
public:
    struct At {
        int line = 0;
        std::string_view subject;
    };

    void add(Problem problem) { problems_.push_back(std::move(problem)); }

    /// Semantic problems, by consequence.
    void refuse(std::string_view rule, At at, std::string what, std::string accepted = {});
    void complain(std::string_view rule, At at, std::string what, std::string accepted = {});
    void warn(std::string_view rule, At at, std::string what, std::string accepted = {});

    /// All problems in the order of their lines; those of one line as they were found.
    [[nodiscard]] std::vector<Problem> take() &&;

private:
    void add_semantic(Consequence consequence, std::string_view rule, At at, std::string what,
                      std::string accepted);

    std::vector<Problem> problems_;
};

}  // namespace ha::config
