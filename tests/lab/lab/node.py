# SPDX-License-Identifier: Apache-2.0
"""A node: power, commands, processes. Power off for good is the power switch's business (power.py)."""
import dataclasses
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading

from . import syscalls as sc
from . import world
from .network import Network, cable, ip
from .wait import now, wait_until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROGRAMS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
PERSISTENT = ("/var/lib/corosync", "/var/lib/cluster", "/var/log/cluster", "/etc/cluster")


@dataclasses.dataclass(frozen=True)
class Done:
    """What a command left behind. `code` is the exit code, or minus the signal; None: the node died."""
    argv: list
    code: int
    out: str
    err: str

    def __str__(self):
        return f"{' '.join(self.argv)}: exit {self.code}\n{self.out}{self.err}"


class Process:
    """A command running in a node."""

    def __init__(self, argv, reply):
        self.argv = argv
        self._reply = reply.makefile("r")
        first = self._reply.readline()
        self.pid = int(first) if first else None  # in the node's own counting
        self._code = None
        self._ended = first == ""

    def is_running(self):
        """Not ended; False too when the node died first."""
        try:
            self.wait(0)
        except TimeoutError:
            return True
        return False

    def wait(self, timeout=60):
        """The exit code (minus the signal), None when the node died first; TimeoutError."""
        if not self._ended:
            if not select.select([self._reply], [], [], timeout)[0]:
                raise TimeoutError(f"{' '.join(self.argv)}: still running after {timeout} s")
            line = self._reply.readline()
            self._ended = True
            self._code = os.waitstatus_to_exitcode(int(line)) if line else None
            self._reply.close()
        return self._code


class Node:
    """One node of a lab."""

    def __init__(self, lab, node_id, name):
        self.lab = lab
        self.id = node_id
        self.name = name
        self.life = 0  # counts power-ons
        self.is_on = False  # what the power switch says; a crashed node is still on
        self.environment = {}
        self.files = {}
        self.folder = os.path.join(lab.folder, "nodes", name)
        for part in ("root", "upper", "work", "out"):
            os.makedirs(os.path.join(self.folder, part))
        for path in PERSISTENT:
            os.makedirs(self.disk_path(path))
        self._guardian = self._control = self._pid = self._namespaces = None

    def disk_path(self, path):
        """Where the lab finds a path that survives a power cycle (one of PERSISTENT)."""
        return os.path.join(self.folder, "disk" + path)

    # --- power ----------------------------------------------------------------------------------

    def power_on(self):
        """A new life: fresh /run, /tmp and /dev/shm, the old disk, cables plugged in."""
        assert not self.is_on, f"{self.name} is on"
        self.life += 1
        self.is_on = True
        self._pid = self._namespaces = None
        self._control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._guardian = subprocess.Popen(
            [sys.executable, "-sS", "-m", "lab.node_init", str(far.fileno())], cwd=PROGRAMS,
            stdin=subprocess.PIPE, pass_fds=[far.fileno()], start_new_session=True)
        far.close()
        self._guardian.stdin.write(json.dumps(self._plan()).encode())
        self._guardian.stdin.close()
        self._start_up()
        done = self.run(["ip", "-batch", "-"],
                        input="\n".join(Network.address_commands(self.id, self.lab.network.links)) + "\n")
        assert done.code == 0, done

    def _start_up(self):
        """Follows the node's first steps: its pid, and its mounts' and log's descriptors, in any order."""
        known, descriptors = {}, []
        while not descriptors or "pid" not in known:
            data, received, _, _ = socket.recv_fds(self._control, 4096, 2)
            if not data:
                raise RuntimeError(f"{self.name} did not start: see above")
            known.update(json.loads(data))
            descriptors += received
        self._pid = known["pid"]
        self._namespaces = {kind: os.readlink(f"/proc/{self._pid}/ns/{kind}") for kind in ("mnt", "pid")}
        self._namespaces["mnt id"] = sc.mount_namespace_id(self._pid)
        self.lab.network.plug_in(self.id, self._pid)
        self.lab.disks.supervise(self.name, self.life, descriptors[0])
        threading.Thread(target=keep_log, daemon=True,
                         args=(socket.socket(fileno=descriptors[1]), self.log_path("syslog"))).start()

    def _plan(self):
        binds = [(self.disk_path(path), path, False) for path in PERSISTENT]
        binds += [(self.lab.shared, "/lab", False)]
        binds += [(path, path, True) for path in self.lab.kept_paths]
        binds += self.lab.binds
        files = {"/etc/hostname": self.name + "\n", "/etc/hosts": self.lab.hosts(),
                 "/run/lab/life": f"{self.life}\n", **self.files}
        return {"name": self.name, "root": os.path.join(self.folder, "root"),
                "upper": os.path.join(self.folder, "upper"), "work": os.path.join(self.folder, "work"),
                "disks": self.lab.disks.attach_all(self.name), "binds": binds, "files": files,
                "links": self.lab.links, "real_time": self.lab.real_time,
                "environment": {"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/root", "LAB_NODE": self.name,
                                **self.environment}}

    def crash(self):
        """Loses the node as a power cut does: no packet leaves any more, then everything is gone.

        Only to *cause* a failure: the power switch still says "on", nothing of the node is released.
        """
        self.unplug()
        self._kill()

    def has_crashed(self):
        """Is there no PID 1 of it (yet, or any more) although its power switch may say on?"""
        return self._namespaces is None or self._guardian.poll() is not None

    def unplug(self):
        for link in range(self.lab.network.links):
            try:
                ip(f"link del {cable(self.id, link)}")
            except RuntimeError:
                pass  # went with the node's network namespace

    def _kill(self):
        if self._guardian.poll() is None:
            try:
                os.kill(self._pid or self._guardian.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # PID 1 ended, its reaper is about to tell
            self._guardian.wait()

    def switch_off(self, deadline=20):
        """Takes the power away and returns once nothing of this life can write any more.

        That is: PID 1 is reaped, no process (of the whole machine) is in its mount namespace, its loop
        devices are detached. wait.Overdue when that does not happen. Called by the power switch only.
        """
        if not self.is_on:
            return
        self.crash()
        if self._namespaces is not None:  # else it crashed before it came up
            wait_until(lambda: not _users_of_mounts(self._namespaces["mnt"], self._namespaces["mnt id"]), deadline,
                       f"mount namespace of {self.name} gone")
        for number in self.lab.disks.release_all(self.name):
            wait_until(lambda n=number: not self.lab.disks.is_attached(n), deadline,
                       f"loop device {number} of {self.name} detached")
        self._control.close()
        self.is_on = False

    # --- commands ---------------------------------------------------------------------------------

    def start(self, argv, stdin, stdout, stderr, env=None):
        """Starts a command as a child of PID 1; returns its Process."""
        near, far = socket.socketpair()
        request = json.dumps({"argv": list(argv), "env": env or {}, "cwd": "/"}).encode()
        try:
            socket.send_fds(self._control, [request], [stdin, stdout, stderr, far.fileno()])
        except OSError:
            pass  # the node is dead: the reply says so by its end
        far.close()
        return Process(list(argv), near)

    def spawn(self, argv, log, env=None):
        """Starts a command that goes on; its output is appended to the lab's file `log` of this node."""
        with open("/dev/null", "rb") as null, open(self.log_path(log), "ab") as output:
            return self.start(argv, null.fileno(), output.fileno(), output.fileno(), env)

    def syslog(self, text):
        """Lines of the node's syslog (all its lives) that contain `text`: [(seconds, line)]."""
        try:
            with open(self.log_path("syslog"), encoding="utf-8", errors="replace") as file:
                found = [line.rstrip("\n").split(" ", 1) for line in file if text in line]
        except FileNotFoundError:
            return []
        return [(float(seconds), line) for seconds, line in found]

    def log_path(self, name):
        return os.path.join(self.folder, "out", name)

    def run(self, argv, input="", timeout=60, env=None):  # pylint: disable=redefined-builtin
        """Runs a command to its end: Done. TimeoutError when it does not end."""
        with _memory(input) as stdin, _memory() as out, _memory() as err:
            process = self.start(argv, stdin.fileno(), out.fileno(), err.fileno(), env)
            code = process.wait(timeout)
            return Done(process.argv, code, _text(out), _text(err))

    def check(self, argv, **options):
        """As run, but a code other than 0 raises; returns standard output."""
        done = self.run(argv, **options)
        if done.code != 0:
            raise AssertionError(f"on {self.name}: {done}")
        return done.out

    # --- processes --------------------------------------------------------------------------------

    def pids(self, program):
        """The processes of this node with this program name, in the lab's counting.

        A child of one of them that is about to be another program bears its parent's name and is left out.
        """
        if self.has_crashed():
            return []  # the number of its namespace may be another's by now
        own = self._namespaces["pid"]
        found = {int(pid): _parent(pid) for pid in os.listdir("/proc") if pid.isdigit() and _is(pid, program, own)}
        return [pid for pid, parent in found.items() if parent is not None and parent not in found]

    def supervisors(self, program):
        """The ha-supervise processes that watch this program."""
        return [pid for pid in self.pids("ha-supervise") if program in _words(pid)]

    def signal(self, program, number):
        """Sends a signal to every process of this node with that program name; returns how many got it."""
        return sum(send(pid, number) for pid in self.pids(program))

    def machine_pid(self):
        """PID 1 of this node as the machine counts: what `nsenter -t` needs outside the lab."""
        own = self._namespaces["pid"]
        base = os.path.join(world.folder, world.MACHINE_PROC)
        for pid in filter(str.isdigit, os.listdir(base)):
            try:
                if os.readlink(f"{base}/{pid}/ns/pid") == own:
                    with open(f"{base}/{pid}/status", encoding="ascii", errors="replace") as status:
                        numbers = next(line for line in status if line.startswith("NSpid")).split()
                    if numbers[-1] == "1":
                        return int(pid)
            except OSError:
                continue
        raise ProcessLookupError(self.name)


def send(pid, number):
    """Sends a signal; False: that process is gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def keep_log(source, path):
    """Writes what a node sends to /dev/log, with the time of its arrival on CLOCK_MONOTONIC."""
    with open(path, "ab", buffering=0) as file:
        while True:
            line = source.recv(65536)
            file.write(b"%.6f " % now() + line.rstrip(b"\n\0").replace(b"\n", b"\\n") + b"\n")


def _words(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return [os.path.basename(os.fsdecode(word)) for word in file.read().split(b"\0")]


def _is(pid, program, namespace):
    """Is this a process of the namespace that runs the program (itself, or as an interpreter's script)?"""
    try:
        if os.readlink(f"/proc/{pid}/ns/pid") != namespace:
            return False
        return program in _words(pid)[:2]
    except OSError:
        return False


def _parent(pid):
    """None: it has just ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return None


def _users_of_mounts(namespace, unique_id):
    """Processes of the whole machine in a mount namespace (someone may have entered from outside)."""
    base = os.path.join(world.folder, world.MACHINE_PROC)
    found = []
    for pid in filter(str.isdigit, os.listdir(base)):
        try:
            if os.readlink(f"{base}/{pid}/ns/mnt") == namespace and (
                    unique_id is None or sc.mount_namespace_id(pid, base) == unique_id):
                found.append(pid)
        except OSError:
            continue
    return found


def _memory(text=""):
    file = os.fdopen(os.memfd_create("lab"), "w+b")
    file.write(text.encode())
    file.seek(0)
    return file


def _text(file):
    file.seek(0)
    return file.read().decode("utf-8", "replace")
