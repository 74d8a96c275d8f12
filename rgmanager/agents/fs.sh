#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Mounts a file system that one node at a time may use.
. "${0%/*}/agent_lib.sh"

metadata()
{
    cat <<'END'
<?xml version="1.0"?>
<resource-agent name="fs" version="1.0">
  <version>1.0</version>
  <longdesc lang="en">A file system on a block device, mounted by one node at a time.</longdesc>
  <shortdesc lang="en">File system</shortdesc>
  <parameters>
    <parameter name="name" primary="1">
      <longdesc lang="en">Name of this file system in the configuration.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="mountpoint" unique="1" required="1">
      <longdesc lang="en">Absolute path where it is mounted; made if it does not exist.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="device" unique="1" required="1">
      <longdesc lang="en">Block device: a path, UUID=... or LABEL=...</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="fstype">
      <longdesc lang="en">Type; found out if not given.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="options">
      <longdesc lang="en">Mount options.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="force_unmount">
      <longdesc lang="en">Kill processes that keep it busy when it must be unmounted.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
    <parameter name="self_fence">
      <longdesc lang="en">Reboot this node if it cannot be unmounted.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
    <parameter name="force_fsck">
      <longdesc lang="en">Check it before each mount, also with a journal.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
    <parameter name="quick_status">
      <longdesc lang="en">Only look whether it is mounted, whatever the depth.</longdesc>
      <content type="boolean" default="0"/>
    </parameter>
    <parameter name="fsid">
      <longdesc lang="en">File system id for NFS exports below it.</longdesc>
      <content type="string"/>
    </parameter>
    <parameter name="nfslock" inherit="nfslock">
      <longdesc lang="en">Let NFS clients reclaim their locks.</longdesc>
      <content type="boolean"/>
    </parameter>
  </parameters>
  <actions>
    <action name="start" timeout="900"/>
    <action name="stop" timeout="30"/>
    <action name="status" timeout="10" interval="1m"/>
    <action name="monitor" timeout="10" interval="1m"/>
    <action name="status" depth="10" timeout="30" interval="30"/>
    <action name="monitor" depth="10" timeout="30" interval="30"/>
    <action name="status" depth="20" timeout="30" interval="1m"/>
    <action name="monitor" depth="20" timeout="30" interval="1m"/>
    <action name="meta-data" timeout="5"/>
    <action name="validate-all" timeout="5"/>
  </actions>
  <special tag="rgmanager">
    <attributes maxinstances="1"/>
    <child type="fs" start="1" stop="3"/>
    <child type="clusterfs" start="1" stop="3"/>
    <child type="nfsexport" start="3" stop="1"/>
  </special>
</resource-agent>
END
}

check_parameters()
{
    require device
    require mountpoint
    case "$OCF_RESKEY_mountpoint" in
        / | /*/../* | */..) fail "mountpoint $OCF_RESKEY_mountpoint is not allowed" "$AGENT_BAD_ARGUMENTS" ;;
        /*) ;;
        *) fail "mountpoint $OCF_RESKEY_mountpoint is not an absolute path" "$AGENT_BAD_ARGUMENTS" ;;
    esac
}

# Sets $device to the block device that is meant, with links followed.
find_device()
{
    case "$OCF_RESKEY_device" in
        UUID=* | LABEL=*)
            device=$(findfs "$OCF_RESKEY_device" 2>/dev/null) ||
                fail "no block device with $OCF_RESKEY_device"
            ;;
        *) device=$OCF_RESKEY_device ;;
    esac
    [ -b "$device" ] || fail "$device is not a block device"
    device=$(readlink -f "$device")
}

# What is mounted on the mount point now; empty if nothing.
mounted_source()
{
    source_now=$(findmnt -rno SOURCE -M "$OCF_RESKEY_mountpoint" 2>/dev/null | tail -n 1)
    [ -n "$source_now" ] && readlink -f "$source_now"
}

is_mounted()
{
    [ -n "$(mounted_source)" ]
}

check_file_system()
{
    type=${OCF_RESKEY_fstype:-$(blkid -o value -s TYPE "$device" 2>/dev/null)}
    case "$type" in
        ext3 | ext4 | xfs | btrfs | gfs | gfs2 | jfs | reiserfs | f2fs)
            is_on "${OCF_RESKEY_force_fsck-}" || return 0 # a journal makes it whole again
            ;;
        '') return 0 ;; # mount will say what is wrong
    esac
    say "$LOG_INFO" "checking $device"
    fsck -p "$device" >/dev/null 2>&1
    code=$?
    # 1: errors were repaired
    [ "$code" -le 1 ] || fail "fsck of $device returned $code"
}

start()
{
    check_parameters
    find_device
    current=$(mounted_source)
    if [ "$current" = "$device" ]; then
        return 0
    fi
    [ -z "$current" ] || fail "$current is already mounted on $OCF_RESKEY_mountpoint"
    elsewhere=$(findmnt -rno TARGET -S "$device" 2>/dev/null | head -n 1)
    [ -z "$elsewhere" ] || fail "$device is already mounted on $elsewhere"
    mkdir -p "$OCF_RESKEY_mountpoint" || fail "cannot make $OCF_RESKEY_mountpoint"
    check_file_system
    set -- "$device" "$OCF_RESKEY_mountpoint"
    [ -z "${OCF_RESKEY_options-}" ] || set -- -o "$OCF_RESKEY_options" "$@"
    [ -z "${OCF_RESKEY_fstype-}" ] || set -- -t "$OCF_RESKEY_fstype" "$@"
    words=$(mount "$@" 2>&1) || fail "mount of $device on $OCF_RESKEY_mountpoint failed: $words"
}

unmount_once()
{
    umount "$OCF_RESKEY_mountpoint" 2>/dev/null || ! is_mounted
}

give_up_unmounting()
{
    if is_on "${OCF_RESKEY_self_fence-}"; then
        say 0 "cannot unmount $OCF_RESKEY_mountpoint; rebooting this node"
        sync &
        sleep 2
        reboot -fn
    fi
    fail "$OCF_RESKEY_mountpoint cannot be unmounted$1"
}

stop()
{
    check_parameters
    is_mounted || return 0
    sync -f "$OCF_RESKEY_mountpoint" 2>/dev/null
    unmount_once && return 0
    is_on "${OCF_RESKEY_force_unmount-}" ||
        give_up_unmounting ": it is busy (force_unmount=\"1\" would end the processes that use it)"
    say "$LOG_WARNING" "ending processes that use $OCF_RESKEY_mountpoint"
    fuser -kmM -TERM "$OCF_RESKEY_mountpoint" >/dev/null 2>&1
    until_true 5 unmount_once && return 0
    fuser -kmM -KILL "$OCF_RESKEY_mountpoint" >/dev/null 2>&1
    until_true 10 unmount_once && return 0
    give_up_unmounting " although the processes that used it were killed"
}

can_be_read()
{
    timeout 20 ls -d "$OCF_RESKEY_mountpoint"/. >/dev/null 2>&1 ||
        fail "$OCF_RESKEY_mountpoint cannot be read"
}

can_be_written()
{
    case ",$(findmnt -rno OPTIONS -M "$OCF_RESKEY_mountpoint")," in
        *,ro,*)
            case ",${OCF_RESKEY_options-}," in
                *,ro,*) return 0 ;;
                *) fail "$OCF_RESKEY_mountpoint became read-only" ;;
            esac
            ;;
    esac
    probe="$OCF_RESKEY_mountpoint/.cluster-status.$$"
    timeout 20 sh -c 'echo probe > "$1" && sync "$1"; result=$?; rm -f "$1"; exit $result' sh "$probe" \
        2>/dev/null || fail "$OCF_RESKEY_mountpoint cannot be written"
}

status()
{
    check_parameters
    find_device
    current=$(mounted_source)
    [ "$current" = "$device" ] || fail "$device is not mounted on $OCF_RESKEY_mountpoint"
    is_on "${OCF_RESKEY_quick_status-}" && return 0
    depth=${OCF_CHECK_LEVEL:-0}
    [ "$depth" -lt 10 ] || can_be_read
    [ "$depth" -lt 20 ] || can_be_written
}

case "${1-}" in
    meta-data) metadata ;;
    start) start ;;
    stop) stop ;;
    status | monitor) status ;;
    validate-all) check_parameters ;;
    *)
        echo "usage: $0 {start|stop|status|monitor|validate-all|meta-data}" >&2
        exit "$AGENT_NOT_IMPLEMENTED"
        ;;
esac
