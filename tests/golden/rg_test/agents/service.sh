#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent service "$@" <<'END'
parameter name primary unique required
parameter domain reconfig
parameter autostart reconfig default=1
parameter exclusive reconfig default=0
parameter nfslock default=0
parameter recovery reconfig default=restart
action start 5
action stop 5
action reconfig 5
attributes maxinstances="1"
child lvm 1 9
child fs 2 8
child clusterfs 3 7
child netfs 4 6
child nfsexport 5 5
child nfsclient 6 4
child ip 7 2
child smb 8 3
child script 9 1
END
