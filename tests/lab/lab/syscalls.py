# SPDX-License-Identifier: Apache-2.0
"""System calls that Python 3.11 has no function for: namespaces, mounts, loop devices, seccomp.

Every function raises OSError with the path or name it was about. Nothing here knows what a node is.
"""
import ctypes
import fcntl
import os
import platform
import struct

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, CAP_SYS_NICE = 1, 24, 23
NUMBERS = {  # pivot_root, mount, fsopen, seccomp
    "x86_64": (155, 165, 430, 317, 0xC000003E),
    "aarch64": (41, 40, 430, 277, 0xC00000B7),
}
SYS_PIVOT_ROOT, SYS_MOUNT, SYS_FSOPEN, SYS_SECCOMP, AUDIT_ARCH = NUMBERS[platform.machine()]

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def _bytes(text):
    return None if text is None else os.fsencode(text)


def unshare(flags):
    _check(_libc.unshare(flags), "unshare")


def die_with_parent(signal_number=9):
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "prctl")


def take_real_time_from_children():
    """What this process executes from now on gets no real-time priority, root or not."""
    _check(_libc.prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0), "prctl")


def mount(source, target, kind=None, flags=0, data=None):
    result = _libc.mount(_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags),
                         _bytes(data))
    _check(result, f"mount {source} on {target}")


def bind(source, target, read_only=False):
    """Makes `source` (a folder or file) appear at `target`, which is created when missing."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "a", encoding="ascii"):
            pass
    mount(source, target, flags=MS_BIND | MS_REC)
    if read_only:
        mount(None, target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)


def change_root(new_root):
    """Makes `new_root` (a mount point) the root of this mount namespace and lets the old one go."""
    os.chdir(new_root)
    _check(_libc.syscall(SYS_PIVOT_ROOT, b".", b"."), f"pivot_root {new_root}")
    _check(_libc.umount2(b".", MNT_DETACH), "umount old root")
    os.chdir("/")


NS_GET_MNTNS_ID = 0x8008B705


def mount_namespace_id(pid, proc="/proc"):
    """What no other mount namespace of this boot ever has, or None: no such process, or an old kernel.

    (The number that /proc/PID/ns/mnt shows is given to another namespace once this one is gone.)
    """
    try:
        with open(f"{proc}/{pid}/ns/mnt", "rb") as namespace:
            return struct.unpack("Q", fcntl.ioctl(namespace, NS_GET_MNTNS_ID, bytes(8)))[0]
    except OSError:
        return None


# --- loop devices -----------------------------------------------------------------------------

LOOP_CONFIGURE, LOOP_GET_STATUS64, LOOP_CTL_GET_FREE, LOOP_CLR_FD = 0x4C0A, 0x4C05, 0x4C82, 0x4C01
LO_FLAGS_AUTOCLEAR = 4
_LOOP_INFO64_SIZE, _LOOP_FLAGS_OFFSET = 232, 52


def loop_attach(image):
    """Attaches `image` to a free loop device that detaches itself when nobody uses it any more.

    Returns (number, descriptor); the open descriptor is what keeps it attached.
    """
    with open("/dev/loop-control", "rb") as control, open(image, "r+b") as backing:
        for _ in range(64):  # another lab may take the number between the two calls
            number = fcntl.ioctl(control, LOOP_CTL_GET_FREE)
            device = os.open(loop_path(number), os.O_RDWR | os.O_CLOEXEC)
            info = bytearray(_LOOP_INFO64_SIZE)
            struct.pack_into("I", info, _LOOP_FLAGS_OFFSET, LO_FLAGS_AUTOCLEAR)
            config = struct.pack("II", backing.fileno(), 0) + bytes(info) + bytes(64)
            try:
                fcntl.ioctl(device, LOOP_CONFIGURE, config)
                return number, device
            except OSError as error:
                os.close(device)
                if error.errno != 16:  # EBUSY
                    raise
    raise OSError(16, "no free loop device", image)


def loop_path(number):
    """The device node of a loop device; made when the machine's /dev does not have it."""
    path = f"/dev/loop{number}"
    if not os.path.exists(path):
        os.mknod(path, 0o660 | 0o060000, os.makedev(7, number))
    return path


def loop_attached(number):
    """Is anything attached? (Asks the kernel's list, so that asking does not hold the device.)"""
    return os.path.exists(f"/sys/block/loop{number}/loop/backing_file")


# --- seccomp: asking a supervisor before a mount --------------------------------------------------

SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND = 0xC0502100, 0xC0182101
SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102
_RET_USER_NOTIF, _RET_ALLOW, _RET_ERRNO_ENOSYS = 0x7FC00000, 0x7FFF0000, 0x00050000 | 38
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8


def supervise_mounts():
    """From now on every mount(2) of this process and its descendants waits for the listener's word.

    fsopen(2) answers ENOSYS, so that programs fall back to mount(2). Returns the listener.
    """
    def statement(code, value, if_true=0, if_false=0):
        return struct.pack("HBBI", code, if_true, if_false, value)

    program = b"".join([
        statement(0x20, 4),                        # load the architecture
        statement(0x15, AUDIT_ARCH, 0, 4),         # another one: allow
        statement(0x20, 0),                        # load the number of the call
        statement(0x15, SYS_FSOPEN, 3, 0),
        statement(0x15, SYS_MOUNT, 0, 1),
        statement(0x06, _RET_USER_NOTIF),
        statement(0x06, _RET_ALLOW),
        statement(0x06, _RET_ERRNO_ENOSYS),
    ])
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    return _check(_libc.syscall(SYS_SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER, header), "seccomp")


def next_supervised_call(listener):
    """Waits for one call: (id, pid in our PID namespace, its six arguments). OSError when all are gone."""
    request = bytearray(80)
    fcntl.ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, request)
    call_id, pid = struct.unpack_from("QI", request)
    return call_id, pid, struct.unpack_from("6Q", request, 32)


def answer_supervised_call(listener, call_id, error=0):
    """Lets the call go on (error 0) or makes it fail with this errno."""
    fcntl.ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND,
                struct.pack("QqiI", call_id, 0, -error, 0 if error else 1))
