// SPDX-License-Identifier: Apache-2.0
#include "common/config/xml_tree.hpp"

#include <memory>
#include <optional>
#include <utility>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "common/config/xml_lines.hpp"

namespace ha::config {
namespace {

struct ContextFree {
    void operator()(xmlParserCtxt* context) const { xmlFreeParserCtxt(context); }
};
struct DocumentFree {
    void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
struct StringFree {
    void operator()(xmlChar* text) const { xmlFree(text); }
};
using Context = std::unique_ptr<xmlParserCtxt, ContextFree>;
using Document = std::unique_ptr<xmlDoc, DocumentFree>;

std::string to_string(const xmlChar* text)
{
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

/// libxml2 ends its sentences with a newline and sometimes has several lines.
std::string one_line(const char* message)
{
    std::string line = message == nullptr ? "not well-formed" : message;
    while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) {
        line.pop_back();
    }
    for (char& c : line) {
        c = c == '\n' ? ' ' : c;
    }
    return line;
}

/// Called by libxml2 for each complaint; the first error is the one that explains the others.
void keep_first_error(void* data, xmlErrorPtr error)
{
    auto* context = static_cast<xmlParserCtxtPtr>(data);
    auto* first = static_cast<std::optional<Malformed>*>(context->_private);
    if (first->has_value() || error->level < XML_ERR_ERROR) {
        return;
    }
    *first = Malformed{error->line, one_line(error->message)};
}

std::string qualified(const xmlChar* name, const xmlNs* space)
{
    if (space == nullptr) {
        return to_string(name);
    }
    if (space->prefix != nullptr) {
        return to_string(space->prefix) + ":" + to_string(name);
    }
    return "{" + to_string(space->href) + "}" + to_string(name);
}

/// Turns libxml2's tree into ours; stops at the first bound that is exceeded.
class Converter
{
public:
    Converter(const XmlLimits& limits, std::optional<TagLines> lines)
        : limits_(limits),
          lines_(std::move(lines))
    {}

    // Recursion is bounded by limits_.depth_max.
    model::Element convert(const xmlNode* node, std::size_t depth)  // NOLINT(misc-no-recursion)
    {
        model::Element element;
        element.name = qualified(node->name, node->ns);
        element.line = static_cast<int>(xmlGetLineNo(node));
        take_attributes(*node, element);
        ++elements_;
        if (depth > limits_.depth_max) {
            problem_ = Malformed{element.line, "elements are nested deeper than " +
                                                   std::to_string(limits_.depth_max) + " levels"};
        } else if (elements_ > limits_.elements_max) {
            problem_ = Malformed{element.line,
                                 "more than " + std::to_string(limits_.elements_max) + " elements"};
        }
        for (const xmlNode* child = node->children; child != nullptr && !problem_;
             child = child->next) {
            if (child->type == XML_ELEMENT_NODE) {
                element.children.push_back(convert(child, depth + 1));
            } else if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
                element.text += to_string(child->content);
            }
        }
        return element;
    }

    [[nodiscard]] const std::optional<Malformed>& problem() const { return problem_; }

private:
    void take_attributes(const xmlNode& node, model::Element& element)
    {
        const TagLine* tag = nullptr;
        if (lines_ && elements_ < lines_->size()) {
            tag = &(*lines_)[elements_];
            element.line = tag->line;
            element.text_line = tag->text_line;
        }
        for (const xmlAttr* attribute = node.properties; attribute != nullptr;
             attribute = attribute->next) {
            const std::unique_ptr<xmlChar, StringFree> value(
                xmlNodeListGetString(node.doc, attribute->children, 1));
            std::string name = qualified(attribute->name, attribute->ns);
            const int line = tag == nullptr ? element.line : tag->attribute(name);
            element.attributes.push_back({std::move(name), to_string(value.get()), line});
        }
    }

    XmlLimits limits_;
    std::optional<TagLines> lines_;
    std::size_t elements_ = 0;
    std::optional<Malformed> problem_;
};

std::optional<Malformed> check_doctype(const xmlDoc& document, Doctype doctype)
{
    if (document.intSubset == nullptr) {
        return std::nullopt;
    }
    const int line = static_cast<int>(xmlGetLineNo(reinterpret_cast<xmlNode*>(document.intSubset)));
    if (doctype == Doctype::refuse) {
        return Malformed{line > 0 ? line : 1,
                         "a document type declaration (<!DOCTYPE>) is not accepted; remove it"};
    }
    if (document.intSubset->children != nullptr) {
        return Malformed{line > 0 ? line : 1,
                         "declarations inside <!DOCTYPE> are not accepted; remove them"};
    }
    return std::nullopt;
}

}  // namespace

std::variant<model::Element, Malformed> read_xml(std::string_view bytes, Doctype doctype,
                                                 const XmlLimits& limits)
{
    if (bytes.size() > limits.bytes_max) {
        return Malformed{0, "the document has " + std::to_string(bytes.size()) +
                                " bytes; at most " + std::to_string(limits.bytes_max) +
                                " are accepted"};
    }
    if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return Malformed{1, "the document is empty"};
    }
    const Context context(xmlNewParserCtxt());
    HA_ASSERT(context != nullptr);
    std::optional<Malformed> first;
    context->_private = &first;
    context->sax->serror = keep_first_error;
    constexpr int options = XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_NOCDATA;
    const Document document(xmlCtxtReadMemory(
        context.get(), bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr, options));
    if (document == nullptr || context->wellFormed == 0 || context->nsWellFormed == 0) {
        return first.value_or(Malformed{0, "not well-formed"});
    }
    if (auto refused = check_doctype(*document, doctype)) {
        return *refused;
    }
    const xmlNode* root = xmlDocGetRootElement(document.get());
    if (root == nullptr) {
        return Malformed{1, "the document has no element"};
    }
    Converter converter(limits, find_tag_lines(bytes));
    model::Element tree = converter.convert(root, 1);
    if (converter.problem()) {
        return *converter.problem();
    }
    return tree;
}

Result<model::Element> parse_xml(std::string_view bytes, std::string_view filename, Doctype doctype,
                                 const XmlLimits& limits)
{
    auto tree = read_xml(bytes, doctype, limits);
    if (const auto* malformed = std::get_if<Malformed>(&tree)) {
        return Error{
            ErrorCode::invalid_input,
            std::string(filename) + ":" + std::to_string(malformed->line) + ": " + malformed->what};
    }
    return std::move(*std::get_if<model::Element>(&tree));
}

}  // namespace ha::config
