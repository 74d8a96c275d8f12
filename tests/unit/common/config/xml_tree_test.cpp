// SPDX-License-Identifier: Apache-2.0
#include "common/config/xml_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::config {
namespace {

using ::testing::HasSubstr;

model::Element tree_of(std::string_view bytes)
{
    auto result = read_xml(bytes);
    EXPECT_TRUE(std::holds_alternative<model::Element>(result)) << std::get<Malformed>(result).what;
    return std::get<model::Element>(result);
}

Malformed refusal_of(std::string_view bytes, Doctype doctype = Doctype::refuse,
                     const XmlLimits& limits = {})
{
    auto result = read_xml(bytes, doctype, limits);
    EXPECT_TRUE(std::holds_alternative<Malformed>(result)) << bytes;
    return std::holds_alternative<Malformed>(result) ? std::get<Malformed>(result) : Malformed{};
}

TEST(XmlTree, keeps_order_values_and_text)
{
    const auto tree =
        tree_of("<a z='1' b='x &amp; &#65;'><c/>one<d/><!-- no -->two<![CDATA[<3>]]></a>");
    EXPECT_EQ(tree.name, "a");
    ASSERT_EQ(tree.attributes.size(), 2u);
    EXPECT_EQ(tree.attributes[0].name, "z");
    EXPECT_EQ(tree.attributes[1].value, "x & A");
    ASSERT_EQ(tree.children.size(), 2u);
    EXPECT_EQ(tree.children[1].name, "d");
    EXPECT_EQ(tree.text, "onetwo<3>");
}

TEST(XmlTree, knows_the_line_of_every_attribute_of_a_tag_over_many_lines)
{
    const auto tree =
        tree_of("<?xml version='1.0'?>\n<!-- <x>\n -->\n<a\n  b = 'q>\n'\n  c=\"2\"><d\n/></a>\n");
    EXPECT_EQ(tree.line, 4);
    ASSERT_EQ(tree.attributes.size(), 2u);
    EXPECT_EQ(tree.attributes[0].line, 5);
    EXPECT_EQ(tree.attributes[1].line, 7);
    EXPECT_EQ(tree.children.at(0).line, 7);
}

TEST(XmlTree, counts_lines_above_65535)
{
    const std::string many(70'000, '\n');
    const auto tree = tree_of("<a>" + many + "<b c='1'/></a>");
    EXPECT_EQ(tree.children.at(0).line, 70'001);
    EXPECT_EQ(tree.children.at(0).attributes.at(0).line, 70'001);
}

TEST(XmlTree, reads_utf16_with_the_lines_of_the_library)
{
    std::string wide = "\xff\xfe";
    for (const char c : std::string("<a>\n<b/></a>")) {
        wide += c;
        wide += '\0';
    }
    EXPECT_EQ(tree_of(wide).children.at(0).line, 2);
}

TEST(XmlTree, says_where_a_document_stops_being_well_formed)
{
    EXPECT_EQ(refusal_of("<a>\n<b>\n</a>").line, 3);
    EXPECT_THAT(refusal_of("<a>\n<b>\n</a>").what, HasSubstr("b line 2"));
    EXPECT_EQ(refusal_of("<a b='1' b='2'/>").line, 1);
    EXPECT_EQ(refusal_of("").line, 1);
    EXPECT_EQ(refusal_of("\n\n").what, "the document is empty");
    EXPECT_EQ(refusal_of("<a/><b/>").line, 1);
    EXPECT_EQ(refusal_of("<p:a/>").line, 1);
    EXPECT_EQ(refusal_of("<a>&nosuch;</a>").line, 1);
}

TEST(XmlTree, refuses_any_internal_subset_and_for_clusters_any_doctype)
{
    EXPECT_THAT(refusal_of("\n<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>").what,
                HasSubstr("DOCTYPE"));
    EXPECT_THAT(refusal_of("<!DOCTYPE a SYSTEM 'ra-api-1.dtd'><a/>").what, HasSubstr("DOCTYPE"));
    EXPECT_THAT(refusal_of("<!DOCTYPE a [<!ENTITY e 'x'>]><a/>", Doctype::ignore).what,
                HasSubstr("DOCTYPE"));
    EXPECT_TRUE(std::holds_alternative<model::Element>(
        read_xml("<!DOCTYPE a SYSTEM 'ra-api-1.dtd'><a/>", Doctype::ignore)));
}

TEST(XmlTree, never_reads_another_file)
{
    EXPECT_THAT(refusal_of("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
                           Doctype::ignore)
                    .what,
                HasSubstr("DOCTYPE"));
}

TEST(XmlTree, has_a_bound_for_every_size)
{
    EXPECT_THAT(refusal_of("<a><b/></a>", Doctype::refuse, {.bytes_max = 10}).what,
                HasSubstr("at most 10"));
    EXPECT_THAT(refusal_of("<a>\n<b><c/></b></a>", Doctype::refuse, {.depth_max = 2}).what,
                HasSubstr("deeper than 2"));
    EXPECT_THAT(refusal_of("<a><b/><c/></a>", Doctype::refuse, {.elements_max = 2}).what,
                HasSubstr("more than 2"));
}

TEST(XmlTree, keeps_names_of_other_namespaces_apart)
{
    EXPECT_EQ(tree_of("<a xmlns='urn:x'/>").name, "{urn:x}a");
    EXPECT_EQ(tree_of("<p:a xmlns:p='urn:x' p:q='1'/>").attributes.at(0).name, "p:q");
    EXPECT_TRUE(tree_of("<a xmlns:p='urn:x'/>").attributes.empty());
}

TEST(XmlTree, names_file_and_line_in_an_error)
{
    const auto result = parse_xml("<a>\n</b>", "x.conf");
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().text, HasSubstr("x.conf:2: "));
}

}  // namespace
}  // namespace ha::config
