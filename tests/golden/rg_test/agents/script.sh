#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent script "$@" <<'END'
parameter name primary unique
parameter file unique required
parameter service_name inherit=service%name
action start 0
action stop 0
action status 0 30s
END
