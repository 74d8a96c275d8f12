// SPDX-License-Identifier: Apache-2.0
//
// The part that every cluster has: manager, totem, nodes, fence devices. One attribute a line.
#include "common/config/schema_table_parts.hpp"

namespace ha::config {
namespace {

constexpr AttributeRule multicast_attributes[] = {
    {.name = "addr", .kind = Kind::nonempty},
    {.name = "ttl", .kind = Kind::integer, .max = 255, .fallback = "1"},
    {.name = "port", .kind = Kind::integer, .min = 1, .max = 65535},
};
constexpr ElementRule multicast_rule = {
    .name = "multicast",
    .attributes = multicast_attributes,
    .notice = "knet needs no multicast; only the address family is honoured"};

constexpr AttributeRule altmulticast_attributes[] = {
    {.name = "addr", .kind = Kind::nonempty},
    {.name = "ttl", .kind = Kind::integer, .max = 255, .fallback = "1"},
    {.name = "port", .kind = Kind::integer, .min = 1, .max = 65535},
};
constexpr ElementRule altmulticast_rule = {.name = "altmulticast",
                                           .attributes = altmulticast_attributes,
                                           .notice = "knet needs no multicast; ignored"};

constexpr AttributeRule cman_attributes[] = {
    {.name = "two_node", .kind = Kind::integer, .essential = true, .max = 1, .fallback = "0"},
    {.name = "expected_votes", .kind = Kind::integer, .min = 1},
    {.name = "wait_for_all", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "cluster_id", .kind = Kind::integer, .max = 65535, .fallback = "0"},
    {.name = "hash_cluster_id", .kind = Kind::word_any_case, .words = "yes on no off"},
    {.name = "port",
     .kind = Kind::integer,
     .essential = true,
     .min = 1,
     .max = 65535,
     .fallback = "5405"},
    {.name = "broadcast",
     .kind = Kind::word,
     .words = "yes no",
     .fallback = "no",
     .notice = "corosync 3 always uses knet without broadcast; ignored",
     .quiet = "no"},
    {.name = "transport",
     .kind = Kind::word,
     .essential = true,
     .words = "udp udpb udpu rdma knet",
     .notice = "corosync 3 always uses knet; this value has no effect",
     .quiet = "udpu knet"},
    {.name = "keyfile", .kind = Kind::nonempty},
    {.name = "quorum_dev_poll", .kind = Kind::integer, .min = 1},
    {.name = "shutdown_timeout", .kind = Kind::integer, .fallback = "5000"},
    {.name = "ccsd_poll", .kind = Kind::integer, .min = 1, .fallback = "1000"},
    {.name = "startup_config_timeout", .kind = Kind::integer, .fallback = "0"},
    {.name = "disallowed", .kind = Kind::integer, .max = 1, .fallback = "0"},
    {.name = "upgrading",
     .kind = Kind::word_any_case,
     .words = "yes on no off",
     .notice = "rolling upgrades from RHEL 5 are not possible; ignored",
     .quiet = "no off"},
    {.name = "max_queued", .kind = Kind::integer, .min = 1, .fallback = "128"},
    {.name = "disable_openais", .kind = Kind::integer, .fallback = "0"},
    {.name = "debug_mask"},
    {.name = "nodename", .notice = "is written by the suite itself and never read; remove it"},
};
constexpr ChildRule cman_children[] = {
    {&multicast_rule, 0, 1},
    {&altmulticast_rule, 0, 1},
};
constexpr ElementRule cman_rule = {
    .name = "cman", .attributes = cman_attributes, .children = cman_children};

constexpr AttributeRule interface_attributes[] = {
    {.name = "ringnumber", .kind = Kind::integer, .max = 1},
    {.name = "bindnetaddr"},
    {.name = "mcastaddr"},
    {.name = "mcastport", .kind = Kind::integer, .min = 1, .max = 65535},
    {.name = "broadcast", .kind = Kind::word, .words = "yes no"},
    {.name = "ttl", .kind = Kind::integer, .max = 255},
};
constexpr ElementRule interface_rule = {
    .name = "interface",
    .attributes = interface_attributes,
    .notice = "links come from the node names and altnames; ignored"};

constexpr AttributeRule totem_attributes[] = {
    {.name = "token", .kind = Kind::integer, .min = 30, .fallback = "3000"},
    {.name = "consensus", .kind = Kind::integer, .min = 30},
    {.name = "join", .kind = Kind::integer, .min = 30, .fallback = "60"},
    {.name = "fail_recv_const", .kind = Kind::integer, .min = 1, .fallback = "2500"},
    {.name = "token_retransmits_before_loss_const",
     .kind = Kind::integer,
     .passed = true,
     .min = 1},
    {.name = "rrp_mode", .kind = Kind::word, .words = "none active passive"},
    {.name = "rrp_problem_count_threshold", .kind = Kind::integer},
    {.name = "secauth", .kind = Kind::word, .words = "on off 1 0 yes no", .fallback = "on"},
    {.name = "keyfile", .kind = Kind::nonempty},
    {.name = "seqno_unchanged_const", .kind = Kind::integer, .passed = true, .min = 1},
    {.name = "netmtu", .kind = Kind::integer, .passed = true, .min = 1, .max = 65535},
    {.name = "window_size", .kind = Kind::integer, .passed = true, .min = 1},
    {.name = "max_messages", .kind = Kind::integer, .passed = true, .min = 1},
    {.name = "miss_count_const", .kind = Kind::integer, .passed = true, .min = 1},
    {.name = "hold", .kind = Kind::integer, .passed = true, .min = 30},
    {.name = "send_join", .kind = Kind::integer, .passed = true},
    {.name = "merge", .kind = Kind::integer, .passed = true, .min = 30},
    {.name = "downcheck", .kind = Kind::integer, .passed = true, .min = 30},
    {.name = "heartbeat_failures_allowed", .kind = Kind::integer, .passed = true},
    {.name = "max_network_delay", .kind = Kind::integer, .passed = true, .min = 1},
    {.name = "token_retransmit", .kind = Kind::integer, .passed = true, .min = 30},
    {.name = "token_warning", .kind = Kind::integer, .passed = true, .max = 100},
    {.name = "block_unlisted_ips", .kind = Kind::word, .passed = true, .words = "yes no"},
    {.name = "knet_pmtud_interval", .kind = Kind::integer, .passed = true, .min = 1},
    {.name = "knet_compression_model",
     .kind = Kind::word,
     .passed = true,
     .words = "zlib lz4 lz4hc lzo2 lzma bzip2 zstd"},
    {.name = "knet_compression_threshold", .kind = Kind::integer, .passed = true},
    {.name = "knet_compression_level", .kind = Kind::integer, .passed = true, .min = -65536},
    {.name = "transport", .notice = "use <cman transport>; corosync 3 always uses knet"},
    {.name = "version", .kind = Kind::integer, .fallback = "2"},
    {.name = "nodeid", .kind = Kind::integer, .notice = "node ids come from clusternode; ignored"},
    {.name = "vsftype", .notice = "has no equivalent on corosync 3; ignored", .quiet = "none"},
};
constexpr ChildRule totem_children[] = {
    {&interface_rule, 0, 0},
};
constexpr ElementRule totem_rule = {
    .name = "totem", .attributes = totem_attributes, .children = totem_children};

constexpr AttributeRule altname_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true, .essential = true},
    {.name = "port", .kind = Kind::integer, .essential = true, .min = 1, .max = 65535},
    {.name = "mcast", .notice = "knet needs no multicast; ignored"},
    {.name = "ttl",
     .kind = Kind::integer,
     .max = 255,
     .notice = "knet needs no multicast; ignored"},
};
constexpr ElementRule altname_rule = {.name = "altname", .attributes = altname_attributes};

constexpr AttributeRule device_attributes[] = {
    {.name = "name", .kind = Kind::id_reference, .required = true, .essential = true},
};
constexpr ElementRule device_rule = {
    .name = "device", .attributes = device_attributes, .any_attribute = true};

constexpr AttributeRule method_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true},
};
constexpr ChildRule method_children[] = {
    {&device_rule, 0, 0},
};
constexpr ElementRule method_rule = {
    .name = "method", .attributes = method_attributes, .children = method_children};

constexpr ChildRule fence_children[] = {
    {&method_rule, 0, 0},
};
constexpr ElementRule fence_rule = {.name = "fence", .children = fence_children};

constexpr ChildRule unfence_children[] = {
    {&device_rule, 0, 0},
};
constexpr ElementRule unfence_rule = {.name = "unfence", .children = unfence_children};

constexpr AttributeRule clusternode_attributes[] = {
    {.name = "name", .kind = Kind::nonempty, .required = true, .essential = true},
    {.name = "nodeid", .kind = Kind::integer, .required = true, .essential = true, .min = 1},
    {.name = "votes", .kind = Kind::integer, .min = 1, .fallback = "1"},
    {.name = "weight",
     .kind = Kind::integer,
     .fallback = "1",
     .notice = "has no equivalent on corosync 3; ignored",
     .quiet = "1"},
};
constexpr ChildRule clusternode_children[] = {
    {&altname_rule, 0, 1},
    {&fence_rule, 0, 1},
    {&unfence_rule, 0, 1},
};
constexpr ElementRule clusternode_rule = {
    .name = "clusternode", .attributes = clusternode_attributes, .children = clusternode_children};

constexpr ChildRule clusternodes_children[] = {
    {&clusternode_rule, 0, 0},
};
constexpr ElementRule clusternodes_rule = {.name = "clusternodes",
                                           .children = clusternodes_children};

constexpr AttributeRule fencedevice_attributes[] = {
    {.name = "name", .kind = Kind::id, .required = true, .essential = true},
    {.name = "agent", .kind = Kind::nonempty, .required = true, .essential = true},
};
constexpr ElementRule fencedevice_rule = {
    .name = "fencedevice", .attributes = fencedevice_attributes, .any_attribute = true};

constexpr ChildRule fencedevices_children[] = {
    {&fencedevice_rule, 0, 0},
};
constexpr ElementRule fencedevices_rule = {.name = "fencedevices",
                                           .children = fencedevices_children};

constexpr AttributeRule cluster_attributes[] = {
    {.name = "name", .required = true, .essential = true},
    {.name = "config_version",
     .kind = Kind::integer,
     .required = true,
     .essential = true,
     .max = 4294967295},
};
constexpr ChildRule cluster_children[] = {
    {&cman_rule, 0, 1},         {&totem_rule, 0, 1},        {&clusternodes_rule, 1, 1},
    {&fencedevices_rule, 0, 1}, {&fence_daemon_rule, 0, 1}, {&fence_xvmd_rule, 0, 1},
    {&quorumd_rule, 0, 1},      {&dlm_rule, 0, 1},          {&gfs_controld_rule, 0, 1},
    {&group_rule, 0, 1},        {&clvmd_rule, 0, 1},        {&logging_rule, 0, 1},
    {&uidgid_rule, 0, 0},       {&old_event_rule, 0, 0},    {&old_aisexec_rule, 0, 0},
    {&old_amf_rule, 0, 0},      {&old_service_rule, 0, 0},  {&rm_rule, 0, 1},
};
constexpr ElementRule root_rule = {
    .name = "cluster", .attributes = cluster_attributes, .children = cluster_children};

}  // namespace

const ElementRule& cluster_rule()
{
    return root_rule;
}

}  // namespace ha::config
