#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent fs "$@" <<'END'
parameter name primary
parameter mountpoint unique required
parameter device unique required
parameter force_unmount
parameter nfslock inherit=nfslock
action start 900
action stop 30
action status 10 1m
action status 30 30 10
attributes maxinstances="1"
child fs 1 3
child clusterfs 1 3
child nfsexport 3 1
END
