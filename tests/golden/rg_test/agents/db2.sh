#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent db2 "$@" <<'END'
parameter instance unique required
parameter port
action start 120
action stop 120
attributes init_on_add="0" destroy_on_delete="0"
END
