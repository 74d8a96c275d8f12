#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A virtual machine under libvirt: started, shut down, watched, moved alive. The work is done by ha-vm.
. "${0%/*}/agent_lib.sh"

metadata()
{
    cat <<'END'
<?xml version="1.0"?>
<resource-agent name="vm" version="1.0">
  <version>1.0</version>
  <longdesc lang="en">A virtual machine that libvirt runs; it moves alive where the hypervisor can.</longdesc>
  <shortdesc lang="en">Virtual machine</shortdesc>
  <parameters>
    <parameter name="name" primary="1">
      <longdesc lang="en">Name of the guest, as libvirt knows it.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="domain" reconfig="1">
      <longdesc lang="en">Failover domain that says where it may run.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="autostart" reconfig="1">
      <longdesc lang="en">Start it when the cluster forms.</longdesc>
      <content type="boolean" default="1"/>
    </parameter>
    <parameter name="exclusive" reconfig="1">
      <longdesc lang="en">Run only on a node that runs no other service.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
    <parameter name="recovery" reconfig="1">
      <longdesc lang="en">After a failure: restart, relocate, disable or restart-disable.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="migration_mapping" reconfig="1">
      <longdesc lang="en">member:target,... where a member is reached by another name.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="max_restarts" reconfig="1">
      <longdesc lang="en">Restarts on one node before it is relocated; 0 for no limit.</longdesc>
      <content type="string" default="0"/>
    </parameter>
    <parameter name="restart_expire_time" reconfig="1">
      <longdesc lang="en">Time after which a restart is forgotten; 0 for never.</longdesc>
      <content type="string" default="0"/>
    </parameter>
    <parameter name="status_program" reconfig="1">
      <longdesc lang="en">Run by deep checks; the guest is good if it returns 0.</longdesc>
      <content type="string" default=""/>
    </parameter>
    <parameter name="use_virsh">
      <longdesc lang="en">Accepted from old files; libvirt is always used.</longdesc>
      <content type="integer" default=""/>
    </parameter>
    <parameter name="xmlfile">
      <longdesc lang="en">Description of a guest that libvirt does not know.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="migrate">
      <longdesc lang="en">live, or pause to stop the guest while it moves.</longdesc>
      <content type="string" default="live"/>
    </parameter>
    <parameter name="migrate_options">
      <longdesc lang="en">Accepted from old files and not used: options were virsh's.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="tunnelled">
      <longdesc lang="en">Move it through libvirt's own encrypted connection.</longdesc>
      <content type="string" default=""/>
    </parameter>
    <parameter name="path">
      <longdesc lang="en">Folders, separated by colons, in which NAME or NAME.xml describes the guest.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="snapshot">
      <longdesc lang="en">Folder in which the guest is saved instead of shut down.</longdesc>
      <content type="string" default=""/>
    </parameter>
    <parameter name="depend">
      <longdesc lang="en">Service (type:name) that must be started first.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="depend_mode">
      <longdesc lang="en">hard or soft.</longdesc>
      <content type="string" default="hard"/>
    </parameter>
    <parameter name="hypervisor">
      <longdesc lang="en">auto, qemu or xen.</longdesc>
      <content type="string" default="auto"/>
    </parameter>
    <parameter name="hypervisor_uri">
      <longdesc lang="en">libvirt URI of this node's hypervisor.</longdesc>
      <content type="string" default="auto"/>
    </parameter>
    <parameter name="migration_uri">
      <longdesc lang="en">URI of the migration itself; %s is the target.</longdesc>
      <content type="string" default="auto"/>
    </parameter>
    <parameter name="no_kill">
      <longdesc lang="en">Never pull the plug: a guest that does not shut down fails to stop.</longdesc>
      <content type="boolean" default="false"/>
    </parameter>
  </parameters>
  <actions>
    <action name="start" timeout="300"/>
    <action name="stop" timeout="120"/>
    <action name="status" timeout="10" interval="30"/>
    <action name="monitor" timeout="10" interval="30"/>
    <action name="status" depth="10" timeout="20" interval="60"/>
    <action name="monitor" depth="10" timeout="20" interval="60"/>
    <action name="migrate" timeout="10m"/>
    <action name="reconfig" timeout="5"/>
    <action name="meta-data" timeout="5"/>
    <action name="validate-all" timeout="5"/>
  </actions>
  <special tag="rgmanager">
    <attributes maxinstances="1" init_on_add="0" destroy_on_delete="0"/>
  </special>
</resource-agent>
END
}

# ha-vm stands beside this file or with the suite's other helpers.
find_helper()
{
    for helper in "${0%/*}/ha-vm" /usr/libexec/cluster-suite/ha-vm "$(command -v ha-vm)"; do
        [ -x "$helper" ] && return 0
    done
    fail "ha-vm is not installed" "$AGENT_NOT_INSTALLED"
}

run_helper()
{
    require name
    find_helper
    words=$("$helper" "$@" 2>&1)
    code=$?
    [ "$code" -eq 0 ] || say "$LOG_ERR" "$1 of guest $OCF_RESKEY_name: ${words:-failed}"
    return "$code"
}

status()
{
    run_helper status || return "$AGENT_ERROR"
    if [ -n "${OCF_RESKEY_status_program-}" ] && [ "${OCF_CHECK_LEVEL:-0}" -ge 10 ]; then
        sh -c "$OCF_RESKEY_status_program" >/dev/null 2>&1 ||
            fail "$OCF_RESKEY_status_program says that guest $OCF_RESKEY_name is not good"
    fi
}

case "${1-}" in
    meta-data) metadata ;;
    start | stop) run_helper "$1" ;;
    migrate)
        [ -n "${2-}" ] || fail "migrate needs a target" "$AGENT_BAD_ARGUMENTS"
        run_helper migrate "$2"
        ;;
    status | monitor) status ;;
    reconfig) exit "$AGENT_OK" ;;
    validate-all) require name ;;
    *)
        echo "usage: $0 {start|stop|status|monitor|migrate TARGET|reconfig|validate-all|meta-data}" >&2
        exit "$AGENT_NOT_IMPLEMENTED"
        ;;
esac
