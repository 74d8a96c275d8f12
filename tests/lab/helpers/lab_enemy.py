#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an enemy says, from inside a node.

lab_enemy.py cpg GROUP SEED | sockets FOLDER | frames FOLDER | twice FOLDER | crowd SOCKET COUNT

cpg: joins a daemon's cpg group and multicasts rubbish, what it heard, cut and changed, and what is huge.
sockets: on every daemon's socket: no frame, a frame too long, half a frame.
frames: on every daemon's socket: every type of message and some that are none, each with what is no such message.
twice: the requests on standard input, [[socket, type, fields]...], each two times at once.
crowd: COUNT connections at once that say nothing. All print what happened, one JSON object.
"""
import ctypes
import glob
import itertools
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
ANSWER_S = 2  # a second, and one more for a machine that stands still
SILENT_MAX = 5  # that many are proof enough
TYPES = range(41)  # more than any conversation has
BAD_PAYLOADS = {
    "empty": b"",
    "cut": b'{"client":"fenced","node":2,"life":"1","verb":"dis',
    "no text": bytes(range(256)),
    "another kind of value": b"[1,2]",
    "fields of other types": b"""{"client":1,"group":[],"node":[2],"number":"x","force":"yes","votes":-1,"quorate":1,
                                 "own_files":0,"verb":"rule","may_leave":{},"accepted":"no"}""",
    "deep": b"[" * 100_000,
}


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


def answer_of(client):
    """What comes within the time limit: [type, fields], "hung up", "silent", "no frame"."""
    client.settimeout(ANSWER_S)
    try:
        header = client.recv(12, socket.MSG_WAITALL)
        if header == b"":
            return "hung up"
        magic, _, kind, length = struct.unpack("<IHHI", header)
        payload = client.recv(length, socket.MSG_WAITALL)
        return [kind, json.loads(payload)] if magic == MAGIC and len(payload) == length else "no frame"
    except (ConnectionResetError, BrokenPipeError):
        return "hung up"
    except TimeoutError:
        return "silent"
    except (ValueError, struct.error):
        return "no frame"


def frames(folder):
    """{socket: {"answered" | "hung up" | ...: [type and payload]}}"""
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.sk"))):
        outcomes = found.setdefault(os.path.basename(path), {})
        for kind, (name, payload) in itertools.product(TYPES, BAD_PAYLOADS.items()):
            with connect(path) as client:
                client.sendall(frame(1, kind, payload))
                answer = answer_of(client)
            what = answer if isinstance(answer, str) else "answered"
            outcomes.setdefault(what, []).append(f"{kind} {name}")
            if len(outcomes.get("silent", [])) == SILENT_MAX:
                break
    print(json.dumps(found))


def twice(folder):
    """[[answer, answer]] of each request."""
    found = []
    for name, kind, fields in json.load(sys.stdin):
        request = frame(1, kind, json.dumps(fields).encode())
        try:
            with connect(os.path.join(folder, name)) as client:
                client.sendall(request + request)
                found.append([answer_of(client), answer_of(client)])
        except PermissionError:
            found.append(["may not connect"] * 2)
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
     "frames": lambda: frames(words[0]), "twice": lambda: twice(words[0]),
     "crowd": lambda: crowd(words[0], int(words[1]))}[what]()
