#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ip.sh between two machines: this network namespace and another one behind a cable.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/check.sh"
agents=$1

other=
trap '[ -z "$other" ] || kill "$other"' EXIT
unshare --net sleep 300 &
other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add e0 type veth peer name e1 netns "$other"
there() { nsenter --net --target "$other" "$@"; }
there ip link set lo up
ip link set lo up
ip address add 10.9.0.1/24 dev e0
there ip address add 10.9.0.2/24 dev e1
ip -6 address add fd09::1/64 dev e0 nodad
there ip -6 address add fd09::2/64 dev e1 nodad
ip link set e0 up
there ip link set e1 up
until ip -o link show dev e0 | grep -q LOWER_UP; do sleep 0.05; done

agent() { env -i OCF_RESKEY_address="$1" "${@:3}" "$agents/ip.sh" "$2"; }
agent_there() { there env -i OCF_RESKEY_address="$1" "$agents/ip.sh" "$2"; }

# start_is_heard ADDRESS: the neighbour knows it at its former place, and says nothing to it. Only what start sends
# unasked (gratuitous ARP, unsolicited advertisement) can tell it better; duplicate detection has no sender address.
start_is_heard()
{
    there ip neigh replace "$1" lladdr 02:00:00:00:00:99 dev e1 nud stale
    holds agent "$1" start
    for _ in {1..50}; do
        there ip neigh show "$1" dev e1 | grep -q "lladdr $mac" && break
        sleep 0.1
    done
    expect 0 "lladdr $mac" there ip neigh show "$1" dev e1
    holds agent "$1" stop
}

expect 0 "<resource-agent" agent "" meta-data
expect 2 "parameter address is missing" agent "" start
expect 2 "banana is not an IP address" agent banana start
expect 2 "not of family inet6" agent 10.9.0.50 start OCF_RESKEY_family=inet6
expect 1 "no interface with a link" agent 172.16.5.5 start

# IPv4: prefix of the interface's network, announced to the neighbour, refused where it is in use
expect 1 "10.9.0.50 is on no interface" agent 10.9.0.50 status
holds agent 10.9.0.50 start
expect 0 "10.9.0.50/24" ip -o -4 address show dev e0
holds agent 10.9.0.50 start
holds agent 10.9.0.50 status OCF_CHECK_LEVEL=10
mac=$(ip -o link show dev e0 | grep -o 'link/ether [^ ]*' | cut -d' ' -f2)
expect 0 "${mac^^}" there arping -c 1 -w 2 -I e1 10.9.0.50
expect 1 "another machine uses 10.9.0.50" agent_there 10.9.0.50 start
holds agent 10.9.0.51/32 start
expect 0 "10.9.0.51/32" ip -o -4 address show dev e0
holds agent 10.9.0.51/32 stop

start_is_heard 10.9.0.53

# It moves on at once: what is left of the first announcement is no duplicate.
holds agent 10.9.0.52 start
holds agent 10.9.0.52 stop
for _ in 1 2 3 4; do # longer than the second until a repetition
    holds agent_there 10.9.0.52 start
    holds agent_there 10.9.0.52 stop
done

# IPv6, with the kernel's duplicate address detection
holds agent fd09::50 start
expect 0 "fd09::50/64" ip -o -6 address show dev e0
expect 1 "another machine uses fd09::50" agent_there fd09::50 start
start_is_heard fd09::53

# the link
there ip link set e1 down
until ! ip -o link show dev e0 | grep -q LOWER_UP; do sleep 0.05; done
expect 1 "has no link" agent fd09::50 status
holds agent fd09::50 status OCF_RESKEY_monitor_link=0
expect 1 "no interface with a link" agent 10.9.0.60 start

holds agent fd09::50 stop
holds agent fd09::50 stop
holds agent 10.9.0.50 stop
expect 1 "" grep -q 10.9.0.50 <(ip -o address show dev e0)
expect 3 "usage" agent 10.9.0.50 nonsense
finish
