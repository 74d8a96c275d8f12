// SPDX-License-Identifier: Apache-2.0
#include "common/daemon/node_life.hpp"

#include <sys/random.h>

#include <unistd.h>

#include <array>
#include <cstring>

#include "common/base/assert.hpp"
#include "common/io/clock.hpp"
#include "common/io/file.hpp"

// RUN/node_life:  boot=<kernel boot id>[+<VM generation id>]
//                 life=<boot id, first part>-<random>

namespace ha::daemon {

namespace {

constexpr const char* boot_id_file = "/proc/sys/kernel/random/boot_id";
/// QEMU shows the generation id here (module qemu_fw_cfg); it changes when a machine is restored or
/// cloned.
constexpr const char* vm_generation_file = "/sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw";
constexpr std::size_t vm_generation_offset = 40;
constexpr std::size_t vm_generation_bytes = 16;

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

Result<std::string> boot_identity()
{
    Result<std::string> boot = io::read_file(boot_id_file, 4096);
    if (!boot) {
        return boot.error();
    }
    std::string identity = boot->substr(0, boot->find('\n'));
    const Result<std::string> generation = io::read_file(vm_generation_file, 65536);
    if (generation && generation->size() >= vm_generation_offset + vm_generation_bytes) {
        identity += "+" + hex(generation->substr(vm_generation_offset, vm_generation_bytes));
    }
    return identity;
}

std::string new_life(const std::string& boot)
{
    std::array<char, 8> random{};
    HA_ASSERT(::getrandom(random.data(), random.size(), 0) == static_cast<ssize_t>(random.size()));
    return boot.substr(0, boot.find('-')) + "-" + hex({random.data(), random.size()});
}

/// The stored life, if it is of this boot.
std::string stored_life(const std::string& path, const std::string& boot)
{
    const Result<std::string> text = io::read_file(path, 4096);
    return text ? parse_node_life(*text, boot) : std::string();
}

}  // namespace

std::string format_node_life(const std::string& boot, const std::string& life)
{
    return "boot=" + boot + "\nlife=" + life + "\n";
}

std::string parse_node_life(std::string_view text, const std::string& boot)
{
    const std::string start = "boot=" + boot + "\nlife=";
    if (!text.starts_with(start) || !text.ends_with('\n')) {
        return {};
    }
    text.remove_prefix(start.size());
    // Exactly one line: what was cut or written over is no life.
    return std::string(text.find('\n') + 1 == text.size() ? text.substr(0, text.size() - 1) : "");
}

Result<NodeLife> read_or_make_node_life(const Roots& roots)
{
    const Result<std::string> boot = boot_identity();
    if (!boot) {
        return boot.error();
    }
    const std::string path = roots.run_file("node_life");
    if (std::string life = stored_life(path, *boot); !life.empty()) {
        return NodeLife{std::move(life)};
    }
    // Daemons start together: the lock's holder makes the file, the others find it made.
    const Result<io::FileLock> lock = io::FileLock::take(path + ".lock");
    if (!lock) {
        return lock.error();
    }
    if (std::string life = stored_life(path, *boot); !life.empty()) {
        return NodeLife{std::move(life)};
    }
    const std::string life = new_life(*boot);
    if (Status written = io::write_file(path, format_node_life(*boot, life)); !written) {
        return written.error();
    }
    return NodeLife{life};
}

DaemonLife new_daemon_life(const NodeLife& node)
{
    return {node, static_cast<std::uint64_t>(io::now().time_since_epoch().count())};
}

}  // namespace ha::daemon
