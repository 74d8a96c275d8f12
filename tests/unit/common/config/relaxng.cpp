// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/common/config/relaxng.hpp"

#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "common/base/assert.hpp"

namespace ha::config {
namespace {

void ignore(void*, xmlErrorPtr)
{}

void ignore_text(void*, const char*, ...)
{}

}  // namespace

struct RelaxNg::Parts {
    xmlRelaxNGPtr schema = nullptr;
};

RelaxNg::RelaxNg(const std::string& schema_file) : parts_(std::make_unique<Parts>())
{
    xmlSetGenericErrorFunc(nullptr, ignore_text);
    xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewParserCtxt(schema_file.c_str());
    HA_ASSERT(parser != nullptr);
    parts_->schema = xmlRelaxNGParse(parser);
    xmlRelaxNGFreeParserCtxt(parser);
    HA_ASSERT(parts_->schema != nullptr);
}

RelaxNg::~RelaxNg()
{
    xmlRelaxNGFree(parts_->schema);
}

bool RelaxNg::accepts(const std::string& document) const
{
    xmlDocPtr tree = xmlReadMemory(document.data(), static_cast<int>(document.size()), nullptr,
                                   nullptr, XML_PARSE_NONET | XML_PARSE_NOERROR);
    if (tree == nullptr) {
        return false;
    }
    xmlRelaxNGValidCtxtPtr validation = xmlRelaxNGNewValidCtxt(parts_->schema);
    xmlRelaxNGSetValidStructuredErrors(validation, ignore, nullptr);
    const int result = xmlRelaxNGValidateDoc(validation, tree);
    xmlRelaxNGFreeValidCtxt(validation);
    xmlFreeDoc(tree);
    return result == 0;
}

}  // namespace ha::config
