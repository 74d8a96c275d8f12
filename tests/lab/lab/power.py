# SPDX-License-Identifier: Apache-2.0
"""The power switch: what the fence agent `fence_lab` talks to over a unix socket in /lab of every node.

A switch has several devices (parameter `ipaddr` of the agent, "switch" unless named) that all reach every
node; a test tells a device to fail, to hang or to be slow. Every call stands in the journal.
"""
import json
import os
import socket
import threading

from .wait import Overdue, now

STATES = {True: "on", False: "off"}


class PowerSwitch:
    """Serves the socket; `behave` changes how a device answers from now on."""

    def __init__(self, lab):
        self.lab = lab
        self.on_power_on = None  # called with the node after `on` and `reboot`; it may start daemons
        self._behaviour = {}  # device name -> ("ok" | "fail" | "hang" | "slow" | "lie", seconds)
        self._changed = threading.Condition()
        self._locks = {}  # plug -> lock: one action at a time per node
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(os.path.join(lab.shared, "power.sock"))
        self._listener.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def behave(self, how="ok", device="switch", seconds=0.0):
        """ok: does as told; fail: refuses; hang: does not answer; slow: waits `seconds` first;
        lie: says it did and does nothing."""
        assert how in ("ok", "fail", "hang", "slow", "lie")
        with self._changed:
            self._behaviour[device] = (how, seconds)
            self._changed.notify_all()

    def press(self, node):
        """The button at the node itself: on."""
        with self._locks.setdefault(node.name, threading.Lock()):
            self._act(node, "on")

    def reset(self, node):
        """The other button at the node itself: off if it is on, and on."""
        with self._locks.setdefault(node.name, threading.Lock()):
            self._act(node, "reboot")

    def _serve(self):
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection, connection.makefile("r") as stream:
            line = stream.readline()
            if not line:
                return
            reply = self._handle(json.loads(line), connection)
            try:
                connection.sendall((json.dumps(reply) + "\n").encode())
            except OSError:
                pass  # the agent was ended meanwhile

    def _handle(self, request, connection):
        device, plug, action = request["device"], request["plug"], request["action"]
        node = self.lab.by_name.get(plug)
        if node is None:
            return {"ok": False, "message": f"no plug {plug}"}
        if not self._behave_as_told(device, connection):
            return {"ok": False, "message": f"device {device} refuses"}
        if self._behaviour.get(device, ("ok",))[0] == "lie":
            return {"ok": True, "state": "off"}
        with self._locks.setdefault(plug, threading.Lock()):
            if _gone(connection):
                return {"ok": False, "message": "the agent is gone"}
            try:
                self._act(node, action)
            except (Overdue, RuntimeError) as error:
                return {"ok": False, "message": str(error)}
            return {"ok": True, "state": STATES[node.is_on]}

    def _behave_as_told(self, device, connection):
        """False: refuse. A call that hangs follows a later change of mind, and ends with its agent."""
        begin = now()
        with self._changed:
            while True:
                how, seconds = self._behaviour.get(device, ("ok", 0))
                left = begin + seconds - now()
                if how == "slow" and left > 0:
                    self._changed.wait(left)
                elif how == "hang":
                    if _gone(connection):
                        return False
                    self._changed.wait(0.1)
                else:
                    return how != "fail"

    def _act(self, node, action):
        if action in ("off", "reboot") and node.is_on:
            begin = now()
            node.switch_off()
            self.lab.write("power-off", plug=node.name, life=node.life, ms=round((now() - begin) * 1e3))
        if action in ("on", "reboot") and not node.is_on:
            node.power_on()
            self.lab.write("power-on", plug=node.name, life=node.life)
            if self.on_power_on:
                self.on_power_on(node)


def _gone(connection):
    """Has the other side hung up?"""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
