#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs an init-style script (start, stop, status by argument, 0 is good) as part of a service.
. "${0%/*}/agent_lib.sh"

metadata()
{
    cat <<'END'
<?xml version="1.0"?>
<resource-agent name="script" version="1.0">
  <version>1.0</version>
  <longdesc lang="en">Calls an LSB-like init script with start, stop or status.</longdesc>
  <shortdesc lang="en">Init script</shortdesc>
  <parameters>
    <parameter name="name" unique="1" required="1" primary="1">
      <longdesc lang="en">Name of this script in the configuration.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="file" unique="1" required="1">
      <longdesc lang="en">Absolute path of the script.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="service_name" inherit="service%name">
      <longdesc lang="en">Name of the service it belongs to.</longdesc>
      <content type="string"/>
    </parameter>
  </parameters>
  <actions>
    <action name="start" timeout="0"/>
    <action name="stop" timeout="0"/>
    <action name="status" interval="30s" timeout="0"/>
    <action name="monitor" interval="30s" timeout="0"/>
    <action name="meta-data" timeout="0"/>
    <action name="validate-all" timeout="0"/>
  </actions>
</resource-agent>
END
}

check_file()
{
    require file
    case "$OCF_RESKEY_file" in
        /*) ;;
        *) fail "$OCF_RESKEY_file is not an absolute path" "$AGENT_BAD_ARGUMENTS" ;;
    esac
    [ -e "$OCF_RESKEY_file" ] || fail "$OCF_RESKEY_file does not exist" "$AGENT_NOT_INSTALLED"
    [ -f "$OCF_RESKEY_file" ] || fail "$OCF_RESKEY_file is not a file" "$AGENT_BAD_ARGUMENTS"
    [ -x "$OCF_RESKEY_file" ] || fail "$OCF_RESKEY_file is not executable" "$AGENT_ERROR"
}

run()
{
    check_file
    "$OCF_RESKEY_file" "$1"
    code=$?
    [ "$code" -eq 0 ] || fail "$OCF_RESKEY_file $1 returned $code" "$AGENT_ERROR"
}

case "${1-}" in
    meta-data) metadata ;;
    validate-all) check_file ;;
    start | stop | status) run "$1" ;;
    monitor) run status ;;
    *)
        echo "usage: $0 {start|stop|status|monitor|validate-all|meta-data}" >&2
        exit "$AGENT_NOT_IMPLEMENTED"
        ;;
esac
