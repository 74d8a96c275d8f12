// SPDX-License-Identifier: Apache-2.0
//
// schemas/cluster.rng and the schema table say the same: a document for every element of the table,
// with every attribute right and wrong, missing and unknown, every child too often, and text where
// none belongs.
#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "common/config/schema_table.hpp"
#include "common/config/validate.hpp"
#include "common/config/values.hpp"
#include "common/config/xml_write.hpp"
#include "tests/unit/common/config/relaxng.hpp"

namespace ha::config {
namespace {

using model::Element;

using Path = std::vector<const ElementRule*>;

constexpr const char* fence_device = "a_device";

std::string name_for(const ElementRule& rule)
{
    return std::string(rule.name == "*" ? "anything" : rule.name);
}

std::string valid_value(const AttributeRule& rule)
{
    switch (rule.kind) {
        case Kind::integer:
            return std::to_string(rule.max);
        case Kind::word:
        case Kind::word_any_case:
            return std::string(rule.words.substr(0, rule.words.find(' ')));
        case Kind::yes_or_count:
        case Kind::depth:
            return "3";
        case Kind::duration:
            return "1h30m";
        case Kind::id:
            return "another_device";
        case Kind::id_reference:
            return fence_device;
        case Kind::text:
        case Kind::nonempty:
            return "some text";
    }
    return {};
}

std::vector<std::string> values_to_try(const AttributeRule& rule)
{
    std::vector<std::string> values = {
        "",      " ",     "0",           "1",           "2",       "-1",        "+1",
        "01",    " 1 ",   "1.0",         "1x",          "x",       "yes",       "no",
        "YES",   "on",    "OFF",         "*",           "1m30s",   "m",         "1 m",
        "65535", "65536", "99999999999", "-9999999999", "1&amp;2", "two words", "2nd",
        "_",     "a-b.c", "none",        "\xc3\xa4"};
    if (rule.kind == Kind::integer) {
        values.push_back(std::to_string(rule.min));
        values.push_back(std::to_string(rule.min - 1));
        values.push_back(std::to_string(rule.max));
        values.push_back(std::to_string(rule.max + 1));
    }
    for_each_word(rule.words, [&](std::string_view word) {
        values.emplace_back(word);
        values.push_back(std::string(word) + "x");
    });
    return values;
}

// Recursion is bounded by the table: required children are never their own parents.
Element minimal(const ElementRule& rule)  // NOLINT(misc-no-recursion)
{
    Element element;
    element.name = name_for(rule);
    for (const AttributeRule& attribute : rule.attributes) {
        if (attribute.required) {
            element.attributes.push_back({std::string(attribute.name), valid_value(attribute), 0});
        }
    }
    for (const ChildRule& child : rule.children) {
        for (int i = 0; i < child.min; ++i) {
            element.children.push_back(minimal(*child.rule));
        }
    }
    return element;
}

Element base_document()
{
    Element root = minimal(cluster_rule());
    Element device = minimal(rule_at("fencedevices/fencedevice"));
    device.attributes.at(0).value = fence_device;
    Element devices = minimal(rule_at("fencedevices"));
    devices.children.push_back(device);
    root.children.push_back(devices);
    return root;
}

Element* existing_child(Element& parent, const std::string& name)
{
    const auto found = std::find_if(parent.children.begin(), parent.children.end(),
                                    [&](const Element& child) { return child.name == name; });
    return found == parent.children.end() ? nullptr : &*found;
}

/// The base document with `subject` at the end of the path (path[0] is the root).
Element document_with(const Path& path, const Element& subject)
{
    Element root = base_document();
    if (path.size() == 1) {
        Element whole = subject;
        const Element* devices = whole.child("fencedevices");
        if (devices == nullptr) {
            whole.children.push_back(*root.child("fencedevices"));
        }
        return whole;
    }
    Element* parent = &root;
    for (std::size_t i = 1; i + 1 < path.size(); ++i) {
        Element* next = existing_child(*parent, name_for(*path[i]));
        if (next == nullptr || i > 1) {
            parent->children.push_back(minimal(*path[i]));
            next = &parent->children.back();
        }
        parent = next;
    }
    Element* present = path.size() == 2 ? existing_child(*parent, subject.name) : nullptr;
    if (present == nullptr) {
        parent->children.push_back(subject);
        return root;
    }
    Element replaced = subject;
    if (subject.name == "fencedevices") {
        replaced.children.push_back(present->children.at(0));
    }
    *present = replaced;
    return root;
}

class SchemaAgreement : public testing::Test
{
protected:
    /// Both readers give the same answer; returns it.
    bool agree(const Path& path, const Element& subject)
    {
        const std::string text = write_xml(document_with(path, subject));
        Report report;
        validate(document_with(path, subject), report);
        const auto problems = std::move(report).take();
        const bool ours =
            std::none_of(problems.begin(), problems.end(),
                         [](const Problem& problem) { return problem.origin == Origin::schema; });
        const bool theirs = schema_.accepts(text);
        ++documents_;
        EXPECT_EQ(ours, theirs) << (ours ? "only cluster.rng" : "only the table")
                                << " refuses this document:\n"
                                << text << (problems.empty() ? "" : problems.front().what);
        return theirs;
    }

    // Each rule once: resources nest for ever.
    template <class Visit>  // NOLINTNEXTLINE(misc-no-recursion)
    void walk(Path path, std::set<const ElementRule*>& seen, Visit visit)
    {
        if (!seen.insert(path.back()).second) {
            return;
        }
        visit(path);
        for (const ChildRule& child : path.back()->children) {
            Path below = path;
            below.push_back(child.rule);
            walk(below, seen, visit);
        }
    }

    template <class Visit>
    void for_each_rule(Visit visit)
    {
        std::set<const ElementRule*> seen;
        walk({&cluster_rule()}, seen, visit);
    }

    RelaxNg schema_{HA_SOURCE_DIR "/schemas/cluster.rng"};
    int documents_ = 0;
};

void set(Element& element, std::string_view name, const std::string& value)
{
    for (model::Attribute& attribute : element.attributes) {
        if (attribute.name == name) {
            attribute.value = value;
            return;
        }
    }
    element.attributes.push_back({std::string(name), value, 0});
}

TEST_F(SchemaAgreement, every_element_is_accepted_with_what_it_needs)
{
    for_each_rule([&](const Path& path) { EXPECT_TRUE(agree(path, minimal(*path.back()))); });
    EXPECT_GE(documents_, 45);
}

TEST_F(SchemaAgreement, every_attribute_accepts_and_refuses_the_same_values)
{
    for_each_rule([&](const Path& path) {
        for (const AttributeRule& rule : path.back()->attributes) {
            Element good = minimal(*path.back());
            set(good, rule.name, valid_value(rule));
            EXPECT_TRUE(agree(path, good)) << path.back()->name << "/@" << rule.name;
            for (const std::string& value : values_to_try(rule)) {
                Element subject = minimal(*path.back());
                set(subject, rule.name, value);
                agree(path, subject);
            }
        }
    });
    EXPECT_GT(documents_, 5000);
}

TEST_F(SchemaAgreement, every_required_attribute_is_required_by_both)
{
    for_each_rule([&](const Path& path) {
        const Element whole = minimal(*path.back());
        for (std::size_t i = 0; i < whole.attributes.size(); ++i) {
            Element subject = whole;
            subject.attributes.erase(subject.attributes.begin() + static_cast<std::ptrdiff_t>(i));
            EXPECT_FALSE(agree(path, subject)) << path.back()->name;
        }
    });
}

TEST_F(SchemaAgreement, unknown_attributes_elements_and_text_are_refused_alike)
{
    for_each_rule([&](const Path& path) {
        const ElementRule& rule = *path.back();
        Element subject = minimal(rule);
        set(subject, "no_such_attribute", "1");
        EXPECT_EQ(agree(path, subject), rule.any_attribute) << rule.name;
        subject = minimal(rule);
        subject.children.push_back({"failoverdomain", {}, {}, "", 0});
        agree(path, subject);
        subject.children.back().name = "resources";
        agree(path, subject);
        subject.children.back().name = "no_such_element";
        agree(path, subject);
        subject = minimal(rule);
        subject.text = "words";
        EXPECT_EQ(agree(path, subject), rule.text) << rule.name;
    });
}

TEST_F(SchemaAgreement, children_may_be_repeated_as_often_in_both)
{
    for_each_rule([&](const Path& path) {
        for (const ChildRule& child : path.back()->children) {
            Element subject = minimal(*path.back());
            std::erase_if(subject.children,
                          [&](const Element& element) { return element.name == child.rule->name; });
            const int most = child.max == 0 ? 12 : child.max;
            for (int i = 0; i < most; ++i) {
                subject.children.push_back(minimal(*child.rule));
                if (child.rule->name == "fencedevice") {
                    set(subject.children.back(), "name", "device" + std::to_string(i));
                }
            }
            EXPECT_TRUE(agree(path, subject)) << path.back()->name << "/" << child.rule->name;
            if (child.max != 0) {
                subject.children.push_back(minimal(*child.rule));
                EXPECT_FALSE(agree(path, subject)) << path.back()->name << "/" << child.rule->name;
            }
        }
    });
}

TEST_F(SchemaAgreement, another_root_is_refused_by_both)
{
    agree({&cluster_rule()}, Element{"clusters", {}, {}, "", 0});
    EXPECT_FALSE(schema_.accepts("<clusters/>"));
}

}  // namespace
}  // namespace ha::config
