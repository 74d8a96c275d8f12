// SPDX-License-Identifier: Apache-2.0
#include "cman/tool/ccs_config_dump/dump.hpp"

#include <algorithm>
#include <utility>

#include "common/config/build_model.hpp"
#include "common/config/xml_tree.hpp"
#include "common/config/xml_write.hpp"

namespace ha::cman {
namespace {

void set(model::Element& element, std::string_view name, std::string value)
{
    for (model::Attribute& attribute : element.attributes) {
        if (attribute.name == name) {
            attribute.value = std::move(value);
            return;
        }
    }
    element.attributes.push_back({std::string(name), std::move(value), 0});
}

model::Element& child_named(model::Element& parent, std::string_view name)
{
    const auto found =
        std::find_if(parent.children.begin(), parent.children.end(),
                     [&](const model::Element& child) { return child.name == name; });
    if (found != parent.children.end()) {
        return *found;
    }
    return *parent.children.insert(parent.children.begin(),
                                   model::Element{std::string(name), {}, {}, "", 0});
}

}  // namespace

Result<std::string> dump_document(std::string_view bytes, const std::string& local_name)
{
    Result<model::Element> tree = config::parse_xml(bytes, "cluster.conf");
    if (!tree) {
        return tree.error();
    }
    const model::ClusterModel model = config::build_model(*tree);
    model::Element root = *std::move(tree);
    model::Element& cman = child_named(root, "cman");
    set(cman, "nodename", local_name);
    set(cman, "cluster_id", std::to_string(model.cluster_id));
    return config::write_xml(root);
}

}  // namespace ha::cman
