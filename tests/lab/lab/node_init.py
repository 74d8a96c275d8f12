# SPDX-License-Identifier: Apache-2.0
"""PID 1 of a node: makes the node's namespaces and root, reaps, and runs commands for the lab.

Run by node.py as `python3 -m lab.node_init SOCKET` with the plan (JSON) on standard input and the
descriptor of the control socket. The first process stays outside and waits for PID 1, so its own end
tells the lab that PID 1 is reaped. When the lab dies, both die, and the kernel ends the rest.

Control socket (SOCK_SEQPACKET), lab to node: one JSON request {argv, env, cwd} with four descriptors:
standard input, output, error, and a reply socket, on which two lines answer: pid, then wait status.
"""
import json
import os
import selectors
import signal
import socket
import stat
import sys

from . import syscalls as sc

DEFAULT_SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
CRASHES = {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV}
CRASH_LOG = "/var/log/cluster/sanitizer"
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9),
           "tty": (5, 0), "kmsg": (1, 11), "loop-control": (10, 237), "net/tun": (10, 200),
           "fuse": (10, 229), "kvm": None}


def make_devices(root, disks):
    """A /dev of the node's own: the harmless devices and the loop devices of its shared disks."""
    dev = os.path.join(root, "dev")
    sc.mount("lab-dev", dev, "tmpfs", sc.MS_NOSUID | sc.MS_NOEXEC, "mode=755,size=1m")
    for folder in ("pts", "shm", "net", "lab"):
        os.mkdir(os.path.join(dev, folder))
    for name, number in DEVICES.items():
        if number:
            path = os.path.join(dev, name)
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(*number))
            os.chmod(path, 0o666)
    for name, number in disks.items():
        os.mknod(os.path.join(dev, f"loop{number}"), stat.S_IFBLK | 0o660, os.makedev(7, number))
        os.symlink(f"../loop{number}", os.path.join(dev, "lab", name))
    for link, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"),
                         ("stderr", "fd/2"), ("ptmx", "pts/ptmx")):
        os.symlink(target, os.path.join(dev, link))
    sc.mount("devpts", os.path.join(dev, "pts"), "devpts", sc.MS_NOSUID | sc.MS_NOEXEC,
             "newinstance,ptmxmode=0666,mode=620")
    sc.mount("lab-shm", os.path.join(dev, "shm"), "tmpfs", sc.MS_NOSUID | sc.MS_NODEV)


def make_root(plan):
    """The node's root: an overlay on the machine's own, with what a power cycle clears made afresh."""
    root = plan["root"]
    sc.mount(None, "/", flags=sc.MS_REC | sc.MS_PRIVATE)
    sc.mount("lab-root", root, "overlay", data="lowerdir=/,upperdir={upper},workdir={work}".format(**plan))
    for folder in ("run", "tmp"):
        sc.mount("lab-" + folder, os.path.join(root, folder), "tmpfs", sc.MS_NOSUID, "mode=1777")
    os.chmod(os.path.join(root, "run"), 0o755)
    for folder in ("lock", "lab", "cluster"):
        os.mkdir(os.path.join(root, "run", folder))
    make_devices(root, plan["disks"])
    sc.mount("proc", os.path.join(root, "proc"), "proc", sc.MS_NOSUID | sc.MS_NODEV | sc.MS_NOEXEC)
    sc.mount("sysfs", os.path.join(root, "sys"), "sysfs", sc.MS_NOSUID | sc.MS_NODEV | sc.MS_NOEXEC)
    for source, target, read_only in plan["binds"]:
        sc.bind(source, root + target, read_only)
    for path, text in plan["files"].items():
        path = root + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    for path, target in plan["links"].items():
        if not os.path.lexists(root + path):
            os.symlink(target, root + path)
    sc.change_root(root)


def note_crash(ended):
    """A process that ended itself by an error leaves a file beside the sanitizers' (Lab.complaints)."""
    if ended.si_code in (os.CLD_KILLED, os.CLD_DUMPED) and ended.si_status in CRASHES:
        try:
            with open(f"/proc/{ended.si_pid}/comm", encoding="utf-8") as file:
                name = file.read().strip()
            with open(f"{CRASH_LOG}.{name}.{ended.si_pid}", "w", encoding="ascii") as file:
                file.write(f"{name} died by signal {ended.si_status}\n")
        except OSError:
            pass  # a node without the suite has no such folder


class Init:
    """The loop of PID 1."""

    def __init__(self, control, environment):
        self.control = control
        self.environment = environment
        self.replies = {}  # pid -> reply socket
        self.selector = selectors.DefaultSelector()

    def run_command(self):
        data, descriptors, _, _ = socket.recv_fds(self.control, 1 << 20, 4)
        if not data:
            os._exit(0)  # the lab is gone; the kernel ends what is left of the node
        request = json.loads(data)
        streams, reply = descriptors[:3], socket.socket(fileno=descriptors[3])
        os.chdir(request["cwd"] if os.path.isdir(request["cwd"]) else "/")
        environment = {**self.environment, **request["env"]}
        os.environ["PATH"] = environment["PATH"]  # where posix_spawnp looks
        try:
            pid = os.posix_spawnp(request["argv"][0], request["argv"], environment,
                                  file_actions=[(os.POSIX_SPAWN_DUP2, streams[i], i) for i in range(3)],
                                  setsid=True, setsigmask=[], setsigdef=DEFAULT_SIGNALS)
            self.replies[pid] = reply
            self.answer(reply, pid)
        except OSError as error:
            self.answer(reply, 0)
            self.answer(reply, (126 if error.errno == 13 else 127) << 8)
            reply.close()
        for stream in streams:
            os.close(stream)

    @staticmethod
    def answer(reply, number):
        try:
            reply.sendall(f"{number}\n".encode())
        except OSError:
            pass  # the asker does not wait for this one

    def reap(self):
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            note_crash(ended)
            pid, status = os.waitpid(ended.si_pid, 0)
            reply = self.replies.pop(pid, None)
            if reply:
                self.answer(reply, status)
                reply.close()

    def loop(self):
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.selector.register(self.control, selectors.EVENT_READ)
        self.selector.register(wake_read, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.control:
                    self.run_command()
                else:
                    os.read(wake_read, 4096)
            self.reap()


def first_process(control, plan):
    """What PID 1 does. Its message with two descriptors tells the lab that it is up."""
    sc.die_with_parent()
    sc.unshare(sc.CLONE_NEWNS | sc.CLONE_NEWNET | sc.CLONE_NEWUTS | sc.CLONE_NEWIPC)
    socket.sethostname(plan["name"])
    make_root(plan)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    listener = sc.supervise_mounts()
    socket.send_fds(control, [b"{}"], [listener, log.fileno()])
    os.close(listener)
    log.close()
    if not plan["real_time"]:
        sc.take_real_time_from_children()
    Init(control, plan["environment"]).loop()


def main():
    plan = json.load(sys.stdin)
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    sc.unshare(sc.CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        try:
            first_process(control, plan)
        finally:
            os._exit(1)
    control.sendall(json.dumps({"pid": pid}).encode())
    control.close()
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
