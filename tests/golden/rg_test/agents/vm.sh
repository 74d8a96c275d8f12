#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent vm "$@" <<'END'
parameter name primary
parameter domain reconfig
parameter memory
parameter recovery reconfig
action start 300
action stop 120
action migrate 10m
action status 30 30
action status 30 60 10
attributes maxinstances="1" init_on_add="0" destroy_on_delete="0"
END
