# SPDX-License-Identifier: Apache-2.0
"""Shared disks: one image file, a loop device of its own for every node, and a gate before every mount.

The kernel would let two nodes mount the same image and ruin it. Here a mount of a shared disk waits for
the lab's word (seccomp, see syscalls.supervise_mounts): it fails with EBUSY while another node has the
disk mounted or claimed, and the journal gets an entry `disk-refused`, which is an S1 violation.
Reading the device (blkid) is allowed, as on real shared storage.
"""
import errno
import os
import select
import stat
import threading

from . import syscalls as sc
from .wait import Overdue, now, wait_until

GRANT_SECONDS = 10


def _is_mounting(thread):
    """May this thread still be inside mount(2)? ("running" may be anything, so it may.)"""
    try:
        with open(f"/proc/{thread}/syscall", encoding="ascii") as file:
            return file.read().split()[0] in (str(sc.SYS_MOUNT), "running")
    except OSError:
        return False


class SharedDisk:
    """One image and the loop devices through which the nodes that are powered on see it."""

    def __init__(self, name, image):
        self.name = name
        self.image = image
        self.loops = {}  # node name -> (loop number, descriptor that keeps it attached)

    def attach(self, node):
        number, descriptor = sc.loop_attach(self.image)
        self.loops[node] = (number, descriptor)
        return number

    def release(self, node):
        """Lets go of the node's device; it detaches when nothing in the node holds it either."""
        number, descriptor = self.loops.pop(node)
        os.close(descriptor)
        return number

    def claimed_by(self, node):
        """Is the node's device mounted, or opened exclusively?"""
        number, _ = self.loops[node]
        try:
            os.close(os.open(sc.loop_path(number), os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC))
            return False
        except OSError as error:
            if error.errno == errno.EBUSY:
                return True
            raise


class DiskGate:
    """Decides about every mount of a shared disk, one at a time."""

    def __init__(self, journal):
        self.journal = journal
        self.disks = {}
        self._lock = threading.Lock()
        self._granted = {}  # disk name -> (node name, thread whose mount was allowed to go on)

    def add(self, name, folder, mebibytes):
        image = os.path.join(folder, name + ".img")
        with open(image, "wb") as file:
            file.truncate(mebibytes << 20)
        self.disks[name] = SharedDisk(name, image)
        return self.disks[name]

    def attach_all(self, node):
        return {name: disk.attach(node) for name, disk in self.disks.items()}

    def release_all(self, node):
        """Returns the numbers of the devices that must be seen detached before the node counts as off."""
        with self._lock:
            self._granted = {disk: grant for disk, grant in self._granted.items() if grant[0] != node}
            return [disk.release(node) for disk in self.disks.values() if node in disk.loops]

    @staticmethod
    def is_attached(number):
        return sc.loop_attached(number)

    def supervise(self, node, life, listener):
        """Starts answering for the mounts of one node life; ends when its last process is gone."""
        threading.Thread(target=self._answer_all, args=(node, life, listener), daemon=True).start()

    def _answer_all(self, node, life, listener):
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        while True:
            (_, events), = poll.poll()
            if not events & select.POLLIN:
                break
            try:
                call_id, pid, arguments = sc.next_supervised_call(listener)
                sc.answer_supervised_call(listener, call_id, self._decide(node, life, pid, arguments[0]))
            except FileNotFoundError:
                pass  # the caller died while it waited
        os.close(listener)

    def _decide(self, node, life, pid, source_address):
        disk = self._disk_at(pid, source_address)
        if disk is None:
            return 0
        with self._lock:
            other = self._holder(disk, node)
            if other is None:
                self._granted[disk.name] = (node, pid)
                return 0
        self.journal.write(int(now() * 1e9), node, life, "disk-refused", disk=disk.name, held_by=other)
        return errno.EBUSY

    def _holder(self, disk, node):
        granted, thread = self._granted.get(disk.name, (None, 0))
        if granted not in (None, node):
            try:
                wait_until(lambda: disk.claimed_by(granted) or not _is_mounting(thread), GRANT_SECONDS)
            except Overdue:
                return granted
        return next((other for other in disk.loops if other != node and disk.claimed_by(other)), None)

    def _disk_at(self, pid, address):
        """The shared disk that the path at this address of the caller's memory means, if any."""
        if address == 0:
            return None
        try:
            with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
                memory.seek(address)
                path = memory.read(4096).split(b"\0", 1)[0]
            if not path.startswith(b"/"):
                return None
            found = os.stat(os.path.join(f"/proc/{pid}/root", os.fsdecode(path).lstrip("/")))
        except OSError:
            return None
        if not stat.S_ISBLK(found.st_mode) or os.major(found.st_rdev) != 7:
            return None
        minor = os.minor(found.st_rdev)
        return next((disk for disk in self.disks.values()
                     if any(number == minor for number, _ in disk.loops.values())), None)
