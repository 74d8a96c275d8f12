#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A floating IP address: IPv4 or IPv6, on the interface that already reaches its network.
. "${0%/*}/agent_lib.sh"

metadata()
{
    cat <<'END'
<?xml version="1.0"?>
<resource-agent name="ip" version="1.0">
  <version>1.0</version>
  <longdesc lang="en">An IP address that moves with its service.</longdesc>
  <shortdesc lang="en">IP address</shortdesc>
  <parameters>
    <parameter name="address" unique="1" primary="1">
      <longdesc lang="en">IPv4 or IPv6 address, optionally with /prefix; without one, that of the
        interface's own network.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="family">
      <longdesc lang="en">inet, inet6 or auto.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="monitor_link">
      <longdesc lang="en">The service fails when the interface loses its link.</longdesc>
      <content type="boolean" default="1"/>
    </parameter>
    <parameter name="nfslock" inherit="service%nfslock">
      <longdesc lang="en">Let NFS clients reclaim their locks.</longdesc>
      <content type="boolean"/>
    </parameter>
    <parameter name="sleeptime">
      <longdesc lang="en">Seconds to wait after the address was removed, for servers that must notice.</longdesc>
      <content type="integer" default="0"/>
    </parameter>
    <parameter name="disable_rdisc">
      <longdesc lang="en">Accepted and without effect: no router discovery daemon is used.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
  </parameters>
  <actions>
    <action name="start" timeout="20"/>
    <action name="stop" timeout="20"/>
    <action name="status" timeout="10" interval="20"/>
    <action name="monitor" timeout="10" interval="20"/>
    <action name="status" depth="10" timeout="20" interval="60"/>
    <action name="monitor" depth="10" timeout="20" interval="60"/>
    <action name="meta-data" timeout="20"/>
    <action name="validate-all" timeout="20"/>
  </actions>
  <special tag="rgmanager">
    <child type="nfsclient" forbid="1"/>
    <child type="nfsexport" forbid="1"/>
    <attributes maxinstances="1"/>
  </special>
</resource-agent>
END
}

# Sets $address, $prefix (may be empty) and $family (4 or 6).
parse_address()
{
    require address
    address=${OCF_RESKEY_address%%/*}
    prefix=
    [ "$address" = "$OCF_RESKEY_address" ] || prefix=${OCF_RESKEY_address#*/}
    case "$address" in
        *:*) family=6 ;;
        *) family=4 ;;
    esac
    case "${OCF_RESKEY_family:-auto}$family" in
        auto? | inet4 | inet66) ;;
        *) fail "$address is not of family $OCF_RESKEY_family" "$AGENT_BAD_ARGUMENTS" ;;
    esac
    case "$prefix" in
        *[!0-9]*) fail "prefix of $OCF_RESKEY_address is not a number" "$AGENT_BAD_ARGUMENTS" ;;
    esac
    ! ip -"$family" route get "$address" 2>&1 | grep -q 'expected rather than' ||
        fail "$address is not an IP address" "$AGENT_BAD_ARGUMENTS"
}

# The interface that has the address now; empty if none.
current_interface()
{
    ip -"$family" -o address show to "$address" | awk '{ print $2; exit }'
}

current_prefix()
{
    ip -"$family" -o address show dev "$1" to "$address" | awk '{ sub(".*/", "", $4); print $4; exit }'
}

has_link()
{
    ip -o link show dev "$1" 2>/dev/null | grep -q '[<,]LOWER_UP[,>]'
}

link_is_good()
{
    ! is_on "${OCF_RESKEY_monitor_link:-1}" || has_link "$1"
}

# Sets $interface and $prefix: of all directly connected networks that hold the address, the narrowest one
# whose interface has a link.
choose_interface()
{
    candidates=$(ip -"$family" -o route show match "$address" scope link 2>/dev/null
        [ "$family" = 4 ] || ip -6 -o route show match "$address" proto kernel)
    interface=$(echo "$candidates" | awk '
        $1 == "default" || / via / { next }
        {
            bits = $1; if (!sub(".*/", "", bits)) next
            for (i = 2; i < NF; i++) if ($i == "dev") print bits, $(i + 1)
        }' | sort -rnu | while read -r bits name; do
        if link_is_good "$name"; then
            echo "$bits $name"
            break
        fi
    done)
    [ -n "$interface" ] || fail "no interface with a link is in the network of $address"
    [ -n "$prefix" ] || prefix=${interface%% *}
    interface=${interface#* }
}

# Someone else answers for the address? Costs four tenths of a second when nobody does.
somebody_else_has_it()
{
    [ "$family" = 4 ] || return 1 # the kernel's duplicate address detection does it
    timeout 0.4 arping -D -c 1 -I "$1" "$address" 2>/dev/null | grep -q 'reply from'
}

# Neighbours learn at once that the address moved; the start does not wait for the repetitions.
announce()
{
    [ "$family" = 4 ] || return 0 # ndisc_notify made the kernel send it
    setsid -f timeout 10 "$0" announce "$1" >/dev/null 2>&1
}

# Three times in three seconds, and no longer than the address is here: if it moves on at once, its next
# node would take the rest for an answer of another machine.
announce_while_here()
{
    parse_address
    for _ in 1 2 3; do
        [ "$(current_interface)" = "$1" ] || return 0
        arping -q -A -c 1 -I "$1" "$address" &
        arping -q -U -c 1 -I "$1" "$address"
        wait
    done
}

duplicates_were_checked()
{
    ! ip -6 -o address show dev "$interface" to "$address" tentative | grep -q .
}

add_address()
{
    if [ "$family" = 4 ]; then
        words=$(ip address add "$address/$prefix" broadcast + dev "$interface" 2>&1) ||
            fail "cannot add $address/$prefix to $interface: $words"
        return
    fi
    echo 1 2>/dev/null >"/proc/sys/net/ipv6/conf/$interface/ndisc_notify"
    words=$(ip -6 address add "$address/$prefix" dev "$interface" 2>&1) ||
        fail "cannot add $address/$prefix to $interface: $words"
    until_true 5 duplicates_were_checked
    if ip -6 -o address show dev "$interface" to "$address" dadfailed | grep -q .; then
        ip -6 address del "$address/$prefix" dev "$interface"
        fail "another machine uses $address"
    fi
}

start()
{
    parse_address
    interface=$(current_interface)
    if [ -n "$interface" ]; then
        link_is_good "$interface" || fail "$interface, which has $address, has no link"
        return 0
    fi
    choose_interface
    ! somebody_else_has_it "$interface" || fail "another machine uses $address"
    add_address
    announce "$interface"
}

stop()
{
    parse_address
    interface=$(current_interface)
    [ -n "$interface" ] || return 0
    words=$(ip -"$family" address del "$address/$(current_prefix "$interface")" dev "$interface" 2>&1) ||
        fail "cannot remove $address from $interface: $words"
    [ "${OCF_RESKEY_sleeptime:-0}" -eq 0 ] 2>/dev/null || sleep "$OCF_RESKEY_sleeptime"
}

status()
{
    parse_address
    interface=$(current_interface)
    [ -n "$interface" ] || fail "$address is on no interface"
    link_is_good "$interface" || fail "$interface, which has $address, has no link"
    [ "${OCF_CHECK_LEVEL:-0}" -lt 10 ] || ! somebody_else_has_it "$interface" ||
        fail "another machine answers for $address too"
}

case "${1-}" in
    meta-data) metadata ;;
    start) start ;;
    stop) stop ;;
    status | monitor) status ;;
    validate-all) parse_address ;;
    announce) announce_while_here "$2" ;; # of start, for itself
    *)
        echo "usage: $0 {start|stop|status|monitor|validate-all|meta-data}" >&2
        exit "$AGENT_NOT_IMPLEMENTED"
        ;;
esac
