# SPDX-License-Identifier: Apache-2.0
"""The lab's own namespaces: what a lab makes exists only there, so its end leaves nothing behind.

`enter()` puts the program into a PID, mount, network and IPC namespace of its own. The process of the
machine stays outside as a guardian: it passes signals on and waits. Inside, the program is PID 1:
however it ends (return, exception, Ctrl-C, SIGTERM, even SIGKILL of either process), the kernel ends
every process of the lab, and with them go the mounts, the bridges, the links, the loop devices (which
are attached with autoclear) and the lab's folder (a tmpfs in the private mount namespace).
"""
import os
import signal
import sys

from . import syscalls as sc

PLACES = ("/media", "/mnt", "/srv", "/opt")
folder = None  # the lab's folder once entered
MACHINE_PROC = "machine-proc"  # inside the folder: the machine's /proc, to see who entered a node


def _place_for_folder(kept):
    """A folder every Debian has, on which the lab may mount without hiding what it needs."""
    for place in PLACES:
        if os.path.isdir(place) and not any(os.path.realpath(path).startswith(place + "/")
                                            for path in kept):
            return place
    raise RuntimeError("no place for the lab's folder: tried " + ", ".join(PLACES))


def _guard(pid):
    """The process outside: passes TERM and HUP on, leaves Ctrl-C to the one inside; never returns."""
    asked = 0

    def pass_on(number, _frame):
        nonlocal asked
        asked += 1
        os.kill(pid, signal.SIGKILL if asked > 3 else number)

    def interrupted(_number, _frame):
        nonlocal asked
        asked += 1
        if asked > 3:  # the terminal sent it to both; one that does not listen is ended
            os.kill(pid, signal.SIGKILL)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    signal.signal(signal.SIGINT, interrupted)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _terminate(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def enter(kept_paths):
    """Goes inside. `kept_paths` must stay visible (the source tree, the build folder).

    Call before any thread exists. Returns the lab's folder; the caller is another process afterwards.
    """
    global folder
    if os.geteuid() != 0:
        sys.exit("the lab needs root: it makes namespaces, mounts and loop devices")
    place = _place_for_folder(kept_paths)
    sys.stdout.flush()
    sys.stderr.flush()
    sc.unshare(sc.CLONE_NEWPID | sc.CLONE_NEWNS | sc.CLONE_NEWNET | sc.CLONE_NEWIPC)
    pid = os.fork()
    if pid:
        _guard(pid)
    sc.die_with_parent()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    sc.mount(None, "/", flags=sc.MS_REC | sc.MS_PRIVATE)
    sc.mount("lab", place, "tmpfs", data="mode=755,size=75%")
    folder = place
    sc.bind("/proc", os.path.join(place, MACHINE_PROC))
    sc.mount("proc", "/proc", "proc", sc.MS_NOSUID | sc.MS_NODEV | sc.MS_NOEXEC)
    sc.mount("sysfs", "/sys", "sysfs", sc.MS_NOSUID | sc.MS_NODEV | sc.MS_NOEXEC)
    return place
