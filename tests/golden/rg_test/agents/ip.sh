#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent ip "$@" <<'END'
parameter monitor_link default=1
parameter address primary unique
parameter nfslock inherit=service%nfslock
action start 20
action stop 20
action status - 20
action status - 60 10
attributes maxinstances="1"
child nfsclient forbid
child nfsexport forbid
END
