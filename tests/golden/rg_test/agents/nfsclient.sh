#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent nfsclient "$@" <<'END'
parameter name primary unique
parameter target required
parameter path inherit=path
parameter svcname inherit=service%name
action start 90
action stop 5
action recover 90
action status 0 1m
END
