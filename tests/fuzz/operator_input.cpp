// SPDX-License-Identifier: Apache-2.0
//
// What people and old tools write: a name into fenced's FIFO, a member's name for clusvcadm, and
// texts on their way to a log, where no secret may pass. The first byte chooses.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/assert.hpp"
#include "common/log/mask.hpp"
#include "fenced/override_fifo.hpp"
#include "rgmanager/agents/vm/parameters.hpp"
#include "rgmanager/tool/clusvcadm/member_name.hpp"
#include "tests/fuzz/support/input.hpp"

namespace {

using namespace ha;

void check_fifo(const std::string& bytes)
{
    const std::string name = fence::written_name(bytes);
    HA_ASSERT(name.size() <= 127 && bytes.starts_with(name));
    HA_ASSERT(
        std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 32; }));
}

void check_member_name(fuzz::Input& input)
{
    std::vector<std::string> members;
    for (std::size_t left = input.byte() % 8U; left > 0; --left) {
        members.push_back(input.text());
    }
    const auto match = service::clusvcadm::match_member(input.all(), members);
    HA_ASSERT(!match.name || std::ranges::find(members, *match.name) != members.end());
}

void check_mask(fuzz::Input& input)
{
    const std::string secret = "s3cr3t" + std::to_string(input.byte());
    const std::string before = input.text();
    if (before.find(secret) != std::string::npos) {
        return;  // without its key it is no secret
    }
    const std::string text = before + secret + input.all();
    HA_ASSERT(log::mask_secrets(text, {secret}).find(secret) == std::string::npos);
    // By its key alone, whatever stood before.
    const std::string line = before + "\npasswd=" + secret + "\n";
    if (before.find_first_of("'\"") == std::string::npos) {  // an open quote may hide a key
        HA_ASSERT(log::mask_secrets(line).find(secret) == std::string::npos);
    }
}

void check_vm_parameters(fuzz::Input& input)
{
    const std::string mapping = input.text();
    const std::string timeout = input.text();
    const std::string path = input.all();
    const auto parameters = service::vm::read_parameters([&](const char* name) {
        const std::string asked = name;
        return asked.ends_with("mapping")   ? mapping.c_str()
               : asked.ends_with("timeout") ? timeout.c_str()
                                            : path.c_str();
    });
    HA_ASSERT(parameters.timeout_s >= 0);
    static_cast<void>(service::vm::mapped_target(parameters, "n1"));
    static_cast<void>(service::vm::migrate_options(parameters, "n1"));
    static_cast<void>(service::vm::stop_options(parameters));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Input input(data, size);
    switch (input.byte() % 4) {
        case 0:
            check_fifo(input.all());
            break;
        case 1:
            check_member_name(input);
            break;
        case 2:
            check_mask(input);
            break;
        default:
            check_vm_parameters(input);
    }
    return 0;
}
