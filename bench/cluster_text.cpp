// SPDX-License-Identifier: Apache-2.0
#include "bench/cluster_text.hpp"

namespace ha::bench {

namespace {

std::string number(int value)
{
    return std::to_string(value);
}

std::string nodes_text(int nodes)
{
    std::string text = "<clusternodes>\n";
    for (int id = 1; id <= nodes; ++id) {
        text += "<clusternode name=\"node" + number(id) + "\" nodeid=\"" + number(id) +
                "\"><fence><method name=\"power\"><device name=\"bmc" + number(id) +
                "\" action=\"reboot\"/></method></fence></clusternode>\n";
    }
    text += "</clusternodes>\n<fencedevices>\n";
    for (int id = 1; id <= nodes; ++id) {
        text += "<fencedevice name=\"bmc" + number(id) +
                "\" agent=\"fence_ipmilan\" ipaddr=\"10.0.0." + number(id) +
                "\" login=\"admin\" passwd=\"secret\"/>\n";
    }
    return text + "</fencedevices>\n";
}

/// One ordered domain per node: that node first, the next one second.
std::string domains_text(int nodes)
{
    std::string text = "<failoverdomains>\n";
    for (int id = 1; id <= nodes; ++id) {
        text += "<failoverdomain name=\"domain" + number(id) +
                "\" ordered=\"1\"><failoverdomainnode name=\"node" + number(id) +
                "\" priority=\"1\"/><failoverdomainnode name=\"node" + number(id % nodes + 1) +
                "\" priority=\"2\"/></failoverdomain>\n";
    }
    return text + "</failoverdomains>\n";
}

std::string service_text(int service, int nodes)
{
    const std::string name = number(service);
    return "<service name=\"s" + name + "\" domain=\"domain" + number(service % nodes + 1) +
           "\" recovery=\"relocate\"><fs name=\"fs" + name + "\" device=\"/dev/mapper/vg-s" + name +
           "\" mountpoint=\"/srv/s" + name + "\" fstype=\"ext4\"><ip address=\"10." +
           number(1 + service / 250) + "." + number(service % 250) +
           ".1\"/></fs><script name=\"app" + name + "\" file=\"/etc/init.d/app" + name +
           "\"/></service>\n";
}

}  // namespace

std::string cluster_text(int nodes, int services)
{
    std::string text = "<?xml version=\"1.0\"?>\n<cluster name=\"bench\" config_version=\"1\">\n";
    text += nodes_text(nodes) + "<rm>\n" + domains_text(nodes);
    for (int service = 0; service < services; ++service) {
        text += service_text(service, nodes);
    }
    return text + "</rm>\n</cluster>\n";
}

}  // namespace ha::bench
