# SPDX-License-Identifier: Apache-2.0
"""Two cluster managers over the same corosync settings, fence agent and service: what is compared.

Both run one service `web` on the nodes n1 and n2 of a lab; n1 is where it is at the begin of each round.
"""
import os
import re

from lab.conf import cluster_conf, prefer, script_service
from lab.suite import Suite
from lab.wait import wait_until

RM = ("<failoverdomains>" + prefer("n1_first", "n1", "n2") + "</failoverdomains>"
      + script_service("web", "n1_first"))
CIB = """<configuration>
<crm_config><cluster_property_set id="options">
<nvpair id="enabled" name="stonith-enabled" value="true"/><nvpair id="action" name="stonith-action" value="reboot"/>
</cluster_property_set></crm_config>
<nodes/>
<resources>
<primitive id="fencing" class="stonith" type="fence_lab"><instance_attributes id="of-fencing">
<nvpair id="hosts" name="pcmk_host_list" value="n1 n2"/></instance_attributes></primitive>
<primitive id="web" class="lsb" type="web"/>
</resources>
<constraints><rsc_location id="fencing-on-n2" rsc="fencing" node="n2" score="100"/></constraints>
<rsc_defaults><meta_attributes id="stay"><nvpair id="stickiness" name="resource-stickiness" value="1000"/>
</meta_attributes></rsc_defaults>
</configuration>"""
CRM_MON = ["timeout", "5", "crm_mon", "-1"]


class ClusterSuite:
    """This project: cmand, fenced, rgmanager."""
    agents_of_a_start = 2  # service.sh, script.sh
    keep_off = 2.0  # s after a crash: whoever looks into the journal meanwhile takes a processor from the manager
    relocate = "exec clusvcadm -r web -m n1"

    def __init__(self, lab):
        self.lab = lab
        self.n1, self.n2 = lab.nodes
        self.suite = Suite(lab, cluster_conf(rm=RM, action="reboot"))
        self.suite.add_service_script("web")

    def begin(self):
        """The cluster is there, the service on n1."""
        self.suite.start_cluster(self.n1, self.n2, until="fence_tool")
        self.suite.start_cluster(self.n1, first="rgmanager")
        self.lab.journal.wait("start-end", 60, node="n1", service="web")
        self.suite.start_cluster(self.n2, first="rgmanager")
        self.wait_idle()

    def bring_back(self):
        """n1 was fenced and has power again: it is a member, and nothing is left to do."""
        self.suite.start_cluster(self.n1)
        self.wait_idle()

    def wait_idle(self):
        """Both nodes know each other as members of the service group and show the service started."""
        for node in self.lab.nodes:
            Suite.wait_output(node, ["clustat"], lambda text: text.count("rgmanager") == 2
                              and " started" in text, 60, f"clustat on {node.name}")


class Pacemaker:
    """The peer, from Debian's packages pacemaker and pacemaker-cli-utils.

    corosync is configured and started by cmand, so both have the same settings. The service is run as a
    resource of class lsb, without the agents that rgmanager puts around it.
    """
    agents_of_a_start = 1
    keep_off = 5.0  # half of its fail-overs take a second longer
    relocate = "exec crm_resource --move --resource web --node n1"

    def __init__(self, lab):
        self.lab = lab
        self.n1, self.n2 = lab.nodes
        self.suite = Suite(lab, cluster_conf(action="reboot"))
        self.suite.add_service_script("web")
        self.suite.wrap("/lab/services/web", "fence")
        lab.links["/usr/sbin/fence_lab"] = "/lab/fence/fence_lab"
        lab.links["/etc/init.d/web"] = "/lab/fence/web"

    @staticmethod
    def is_installed():
        return os.path.exists("/usr/sbin/pacemakerd") and os.path.exists("/usr/sbin/crm_resource")

    def begin(self):
        """The cluster is there, the service on n1; Pacemaker waits 20 s for others at its first start."""
        self.start(self.n1, self.n2)
        self.wait_online()
        done = self.n1.run(["cibadmin", "--replace", "--scope", "configuration", "--xml-pipe"], input=CIB)
        assert done.code == 0, done
        self.wait_idle()
        if not self.shows(r"web\s.*Started n1"):
            self.n1.check(["sh", "-c", self.relocate])
            self.wait_idle()

    def bring_back(self):
        """n1 was fenced and has power again: it is a member, and nothing is left to do."""
        self.start(self.n1)
        self.wait_idle()

    def start(self, *nodes):
        self.suite.start_cluster(*nodes, until="quorum")
        for node in nodes:
            node.check(["sh", "-c", "mkdir -p /run/crm /run/resource-agents && chown hacluster:haclient /run/crm"])
            node.spawn(["pacemakerd"], log="pacemaker")

    def wait_online(self):
        Suite.wait_output(self.n2, CRM_MON, lambda text: "Online: [ n1 n2 ]" in text,
                          90, "both nodes are online in Pacemaker")

    def wait_idle(self):
        """Both nodes are online, both resources run, no transition is left, no move stays ordered."""
        self.wait_online()
        for command in ("crm_resource --wait", "crm_resource --clear --resource web", "crm_resource --wait"):
            self.n2.run(command.split(), timeout=90)
        wait_until(self.everything_runs, 90, "both resources run in Pacemaker")

    def everything_runs(self):
        return self.shows(r"fencing\s.*Started n", r"web\s.*Started n")

    def shows(self, *patterns):
        """Does crm_mon have a line for each?"""
        shown = self.n2.run(CRM_MON).out
        return all(re.search(pattern, shown) for pattern in patterns)
