// SPDX-License-Identifier: Apache-2.0
#include "common/config/load.hpp"

#include <utility>
#include <variant>

#include "common/base/hash.hpp"
#include "common/config/build_model.hpp"
#include "common/config/checks.hpp"
#include "common/config/validate.hpp"
#include "common/config/xml_tree.hpp"

namespace ha::config {

Result<Loaded> load(std::string_view bytes, std::string_view filename, const Facts& facts)
{
    Result<model::Element> tree = parse_xml(bytes, filename);
    if (!tree) {
        return tree.error();
    }
    Loaded loaded;
    loaded.tree = std::move(*tree);
    loaded.model = build_model(loaded.tree);
    loaded.id = ConfigId{loaded.model.config_version, sha256_hex(bytes)};
    Report report;
    validate(loaded.tree, report);
    if (loaded.tree.name == "cluster") {
        const Checked checked{loaded.tree, loaded.model};
        check_cluster(checked, facts, report);
        check_quorum(checked, report);
        check_logging(checked, report);
        check_nodes(checked, report);
        check_fencing(checked, facts, report);
        check_rm(checked, report);
        if (facts.names) {
            Located located = check_names(checked, *facts.names, report);
            loaded.addresses = std::move(located.addresses);
            loaded.local = located.local;
        }
        if (facts.running != nullptr) {
            check_reload(checked, facts, report);
        }
    }
    loaded.problems = std::move(report).take();
    return loaded;
}

}  // namespace ha::config
