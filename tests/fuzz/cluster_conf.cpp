// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a cluster.conf: reading, every check with a machine of facts, the model,
// corosync.conf, and the way back to XML. What must hold for all of them is asserted.
#include <cstdint>
#include <string_view>

#include "cman/corosync/render.hpp"
#include "common/base/assert.hpp"
#include "common/config/diff.hpp"
#include "common/config/load.hpp"
#include "common/config/xml_tree.hpp"
#include "common/config/xml_write.hpp"
#include "tests/support/config_world.hpp"

namespace {

using namespace ha;

/// A file that is not refused must give a corosync.conf without sections of its own making.
void check_rendered(const config::Loaded& loaded)
{
    const std::string text = cman::render(loaded.model, loaded.addresses);
    int depth = 0;
    for (const char c : text) {
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        HA_ASSERT(depth >= 0 && depth <= 2);
    }
    HA_ASSERT(depth == 0);
}

void check_problems(const config::Loaded& loaded)
{
    int line = 0;
    for (const config::Problem& problem : loaded.problems) {
        HA_ASSERT(problem.line >= line);
        line = problem.line;
        HA_ASSERT(!problem.what.empty() && !problem.subject.empty());
        HA_ASSERT(!config::describe(problem, "cluster.conf").empty());
    }
}

void check_written(const config::Loaded& loaded)
{
    const auto again = config::read_xml(config::write_xml(loaded.tree));
    const auto* tree = std::get_if<model::Element>(&again);
    HA_ASSERT(tree != nullptr || loaded.is_invalid());
    if (tree != nullptr && !loaded.is_invalid()) {
        HA_ASSERT(config::same_content(*tree, loaded.tree));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const test::ConfigWorld world;
    static const config::Facts facts = world.facts();
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    auto loaded = config::load(bytes, "cluster.conf", facts);
    if (!loaded) {
        HA_ASSERT(!loaded.error().text.empty());
        return 0;
    }
    check_problems(*loaded);
    check_written(*loaded);
    if (!loaded->is_refused()) {
        check_rendered(*loaded);
    }
    // With a node id twice, nodes cannot be told apart; such a file is refused.
    HA_ASSERT(loaded->is_refused() || config::diff(loaded->model, loaded->model).is_empty());
    config::Facts reload = facts;
    reload.running = &loaded->model;
    const auto again = config::load(bytes, "cluster.conf", reload);
    // The version did not grow.
    HA_ASSERT(again && again->is_refused());
    return 0;
}
