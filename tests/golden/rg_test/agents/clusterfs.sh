#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent clusterfs "$@" <<'END'
parameter name primary
parameter mountpoint unique required
parameter device unique required
parameter nfslock inherit=service%nfslock
action start 900
action stop 30
action status 10 1m
action status 30 5m 10
child fs 1 3
child clusterfs 1 3
child nfsexport 3 1
END
