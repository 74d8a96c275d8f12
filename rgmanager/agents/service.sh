#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The root of a resource tree. It has nothing to run itself; its metadata carry the order of its children.
. "${0%/*}/agent_lib.sh"

metadata()
{
    cat <<'END'
<?xml version="1.0"?>
<resource-agent name="service" version="2.0">
  <version>1.0</version>
  <longdesc lang="en">A group of resources that run, move and fail together.</longdesc>
  <shortdesc lang="en">Service (root of a resource tree)</shortdesc>
  <parameters>
    <parameter name="name" unique="1" required="1" primary="1">
      <longdesc lang="en">Name of the service.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="domain" reconfig="1">
      <longdesc lang="en">Failover domain that says where it may run.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="autostart" reconfig="1">
      <longdesc lang="en">Start it when the cluster forms; otherwise only on request.</longdesc>
      <content type="boolean" default="1"/>
    </parameter>
    <parameter name="exclusive" reconfig="1">
      <longdesc lang="en">Run only on a node that runs no other service.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
    <parameter name="nfslock">
      <longdesc lang="en">Let NFS clients reclaim their locks after a relocation.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
    <parameter name="nfs_client_cache">
      <longdesc lang="en">Inherited by nfsclient as use_cache.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
    <parameter name="recovery" reconfig="1">
      <longdesc lang="en">After a failure: restart, relocate, disable or restart-disable.</longdesc>
      <content type="string" default="restart"/>
    </parameter>
    <parameter name="depend">
      <longdesc lang="en">Service (type:name) that must be started first.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="depend_mode">
      <longdesc lang="en">hard or soft.</longdesc>
      <content type="string" default="hard"/>
    </parameter>
    <parameter name="max_restarts">
      <longdesc lang="en">Restarts on one node before the service is relocated; 0 for no limit.</longdesc>
      <content type="string" default="0"/>
    </parameter>
    <parameter name="restart_expire_time">
      <longdesc lang="en">Time after which a restart is forgotten; 0 for never.</longdesc>
      <content type="string" default="0"/>
    </parameter>
    <parameter name="priority">
      <longdesc lang="en">Order in which services are placed, lowest first.</longdesc>
      <content type="integer" default="0"/>
    </parameter>
  </parameters>
  <actions>
    <action name="start" timeout="5"/>
    <action name="stop" timeout="5"/>
    <action name="recover" timeout="5"/>
    <action name="reconfig" timeout="5"/>
    <action name="meta-data" timeout="5"/>
    <action name="validate-all" timeout="5"/>
  </actions>
  <special tag="rgmanager">
    <attributes maxinstances="1"/>
    <child type="lvm" start="1" stop="9"/>
    <child type="fs" start="2" stop="8"/>
    <child type="clusterfs" start="3" stop="7"/>
    <child type="netfs" start="4" stop="6"/>
    <child type="nfsexport" start="5" stop="5"/>
    <child type="nfsclient" start="6" stop="4"/>
    <child type="ip" start="7" stop="2"/>
    <child type="smb" start="8" stop="3"/>
    <child type="script" start="9" stop="1"/>
  </special>
</resource-agent>
END
}

case "${1-}" in
    meta-data) metadata ;;
    start | stop | status | monitor | recover | reconfig) exit "$AGENT_OK" ;;
    validate-all) require name ;;
    *)
        echo "usage: $0 {start|stop|status|recover|reconfig|validate-all|meta-data}" >&2
        exit "$AGENT_NOT_IMPLEMENTED"
        ;;
esac
