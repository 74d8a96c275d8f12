#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an enemy says, from inside a node.   lab_enemy.py cpg GROUP SEED | sockets FOLDER | crowd SOCKET COUNT

cpg: joins a daemon's cpg group and multicasts rubbish, what it heard, cut and changed, and what is huge.
sockets: on every daemon's socket: no frame, a frame too long, half a frame.
crowd: COUNT connections at once that say nothing. All print what happened, one JSON object.
"""
import ctypes
import glob
import json
import os
import random
import socket
import struct
import sys
import time

MAGIC = 0x34534843
HUGE = 900_000
OK, TRY_AGAIN = 1, 6


class Name(ctypes.Structure):
    """cpg_name"""
    _fields_ = [("length", ctypes.c_uint32), ("value", ctypes.c_char * 128)]


class Vector(ctypes.Structure):
    """iovec"""
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


DELIVER = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32,
                           ctypes.c_void_p, ctypes.c_size_t)


class Callbacks(ctypes.Structure):
    """cpg_callbacks_t"""
    _fields_ = [("deliver", DELIVER), ("change", ctypes.c_void_p)]


def frame(version, kind, payload, length=None):
    return struct.pack("<IHHI", MAGIC, version, kind, len(payload) if length is None else length) + payload


def cpg(group, seed):
    """Five seconds of rubbish among the group's own messages."""
    dice = random.Random(seed)
    library = ctypes.CDLL("libcpg.so.4")
    heard = []

    def delivered(_handle, _name, _node, pid, message, size):
        if pid != os.getpid() and len(heard) < 1000:
            heard.append(ctypes.string_at(message, size))

    callbacks = Callbacks(DELIVER(delivered), None)
    handle = ctypes.c_uint64()
    assert library.cpg_initialize(ctypes.byref(handle), ctypes.byref(callbacks)) == OK
    name = Name(len(group), group.encode())
    assert library.cpg_join(handle, ctypes.byref(name)) == OK
    sent = 0
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        library.cpg_dispatch(handle, 2)  # CS_DISPATCH_ALL
        message = rubbish(dice, heard)
        vector = Vector(message, len(message))
        if library.cpg_mcast_joined(handle, 2, ctypes.byref(vector), 1) == OK:
            sent += 1
        time.sleep(0.01)
    library.cpg_finalize(handle)
    print(json.dumps({"sent": sent, "heard": len(heard)}))


def rubbish(dice, heard):
    """One message of an enemy."""
    old = dice.choice(heard) if heard else b""
    kind = dice.randrange(8)
    if kind == 0:
        return dice.randbytes(dice.randrange(1, 200))
    if kind == 1:
        return frame(1, dice.randrange(15), dice.randbytes(dice.randrange(1, 200)))
    if kind == 2:
        return frame(1, 5, dice.randbytes(8), length=0xFFFFFFFF)
    if kind == 3 and dice.randrange(20) == 0:
        return frame(1, 5, bytes(HUGE))
    if kind == 4 and len(old) > 1:
        return old[:dice.randrange(1, len(old))]
    if kind == 5 and old:
        changed = bytearray(old)
        for _ in range(4):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        return bytes(changed)
    return old or b"x"


def connect(path):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(10)
    client.connect(path)
    return client


def hangs_up(client):
    """The other end closes within the time limit."""
    try:
        while client.recv(65536):
            pass
        return True
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def sockets(folder):
    """{socket: [hung up on no frame, on a frame too long, still serves while half a frame stands]}"""
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.sk"))):
        answers = []
        for rubbish_bytes in (b"GET / HTTP/1.0\r\n\r\n", frame(1, 1, b"x", length=0x7FFFFFFF)):
            with connect(path) as client:
                client.sendall(rubbish_bytes)
                answers.append(hangs_up(client))
        half = connect(path)
        half.sendall(frame(1, 1, b'{"client":')[:15])
        with connect(path) as client:
            client.sendall(b"not a frame of ours at all")
            answers.append(hangs_up(client))
        half.close()
        found[os.path.basename(path)] = answers
    print(json.dumps(found))


def crowd(path, count):
    """How many of COUNT connections are held at one moment."""
    clients, refused = [], 0
    for _ in range(count):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            client.connect(path)
            clients.append(client)
        except OSError:
            refused += 1
            client.close()
    ends = time.monotonic() + 10
    held = len(clients)
    while time.monotonic() < ends:
        closed = [client for client in clients if is_closed(client)]
        clients = [client for client in clients if client not in closed]
        if not closed and len(clients) == held:
            break
        held = len(clients)
        time.sleep(0.2)
    print(json.dumps({"held": held, "refused": refused}), flush=True)
    sys.stdin.read()  # until whoever started us has looked


def is_closed(client):
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    {"cpg": lambda: cpg(words[0], int(words[1])), "sockets": lambda: sockets(words[0]),
     "crowd": lambda: crowd(words[0], int(words[1]))}[what]()
