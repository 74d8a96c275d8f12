#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "${0%/*}/../agent.sh"
agent apache "$@" <<'END'
parameter name primary
parameter shutdown_wait
parameter service_name inherit=service%name
action start 0
action stop 0
action status 0 1m
action status 0 5m 10
END
