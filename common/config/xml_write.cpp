// SPDX-License-Identifier: Apache-2.0
#include "common/config/xml_write.hpp"

#include <string_view>

namespace ha::config {
namespace {

/// Inside quotes a reader would turn a newline or a tab into a blank, so these are escaped there.
void escape(std::string_view text, bool in_quotes, std::string& out)
{
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '\r':
                out += "&#13;";
                break;
            case '"':
                out += in_quotes ? "&quot;" : "\"";
                break;
            case '\n':
                out += in_quotes ? "&#10;" : "\n";
                break;
            case '\t':
                out += in_quotes ? "&#9;" : "\t";
                break;
            default:
                out += c;
        }
    }
}

bool is_blank(std::string_view text)
{
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Recursion is bounded by the depth of the tree (XmlLimits).
void write(const model::Element& element, std::size_t depth,  // NOLINT(misc-no-recursion)
           std::string& out)
{
    out.append(depth, '\t').append("<").append(element.name);
    for (const model::Attribute& attribute : element.attributes) {
        out.append(" ").append(attribute.name).append("=\"");
        escape(attribute.value, true, out);
        out += '"';
    }
    const bool has_text = !is_blank(element.text);
    if (element.children.empty() && !has_text) {
        out += "/>\n";
        return;
    }
    out += '>';
    if (has_text) {
        escape(element.text, false, out);
    }
    if (!element.children.empty()) {
        out += '\n';
        for (const model::Element& child : element.children) {
            write(child, depth + 1, out);
        }
        out.append(depth, '\t');
    }
    out.append("</").append(element.name).append(">\n");
}

}  // namespace

std::string write_xml(const model::Element& tree)
{
    std::string out = "<?xml version=\"1.0\"?>\n";
    write(tree, 0, out);
    return out;
}

}  // namespace ha::config
