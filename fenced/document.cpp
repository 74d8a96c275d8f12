// SPDX-License-Identifier: Apache-2.0
#include "fenced/document.hpp"

#include <algorithm>

#include "common/config/load.hpp"

namespace ha::fence {

Result<model::ClusterModel> read_document(const std::string& bytes)
{
    auto loaded = config::load(bytes, "cluster.conf");
    if (!loaded) {
        return loaded.error();
    }
    if (loaded->is_refused()) {
        const auto refusal = std::ranges::find(loaded->problems, config::Consequence::refuse,
                                               &config::Problem::consequence);
        return Error{ErrorCode::invalid_input, config::describe(*refusal, "cluster.conf")};
    }
    return std::move(loaded->model);
}

}  // namespace ha::fence
