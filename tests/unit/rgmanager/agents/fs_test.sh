#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fs.sh on a real ext4 on a loop device, in a mount namespace of its own.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/check.sh"
agents=$1

work=$(mktemp -d)
loop=
cleanup()
{
    umount "$work/mnt" 2>/dev/null
    [ -z "$loop" ] || losetup -d "$loop"
    rm -rf "$work"
}
trap cleanup EXIT
truncate -s 16M "$work/disk"
mkfs.ext4 -q -L "AGENT$$" "$work/disk"
loop=$(losetup -f --show "$work/disk")

agent() { env -i OCF_RESKEY_device="$loop" OCF_RESKEY_mountpoint="$work/mnt" "${@:2}" "$agents/fs.sh" "$1"; }

expect 0 "<resource-agent" agent meta-data
expect 2 "parameter mountpoint is missing" agent start OCF_RESKEY_mountpoint=
expect 2 "is not allowed" agent start OCF_RESKEY_mountpoint=/
expect 2 "not an absolute path" agent start OCF_RESKEY_mountpoint=mnt
expect 1 "is not a block device" agent start OCF_RESKEY_device=/dev/null
expect 1 "no block device with LABEL=nowhere" agent start OCF_RESKEY_device=LABEL=nowhere

expect 1 "is not mounted" agent status
holds agent stop
holds agent start
holds agent start
for depth in 0 10 20; do
    holds agent status OCF_CHECK_LEVEL=$depth
done
expect 1 "already mounted" agent start OCF_RESKEY_mountpoint="$work/elsewhere"
mount -o remount,ro "$work/mnt"
holds agent status OCF_CHECK_LEVEL=10
expect 1 "became read-only" agent status OCF_CHECK_LEVEL=20
mount -o remount,rw "$work/mnt"

# a process that keeps it busy: refused, or ended where force_unmount says so
(cd "$work/mnt" && exec sleep 300) &
busy=$!
until [ "$(readlink /proc/$busy/cwd)" = "$work/mnt" ]; do sleep 0.05; done
expect 1 "it is busy" agent stop
holds agent status
holds agent stop OCF_RESKEY_force_unmount=1
expect 1 "" kill -0 $busy
expect 1 "is not mounted" agent status

holds agent start OCF_RESKEY_device="LABEL=AGENT$$"
holds agent status OCF_RESKEY_device="UUID=$(blkid -o value -s UUID "$loop")"
holds agent stop OCF_RESKEY_device="LABEL=AGENT$$"
finish
