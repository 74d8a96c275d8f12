#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent nfsexport "$@" <<'END'
parameter name primary
parameter device inherit=device
parameter path inherit=mountpoint
action start 5
action stop 5
action status 5 1h
child nfsexport forbid
child nfsclient
END
