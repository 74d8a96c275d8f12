# SPDX-License-Identifier: Apache-2.0
"""A client outside the cluster: asks the web service through its floating address, again and again."""
import re
import socket
import threading

from lab.wait import now, wait_until

ADDRESS = "10.77.0.100"
PATIENCE = 0.1
PAUSE = 0.005


def ask(address=ADDRESS):
    """One HTTP request: the node that answered, or None."""
    try:
        with socket.create_connection((address, 80), timeout=PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            page = b""
            while piece := connection.recv(4096):
                page += piece
    except OSError:
        return None
    found = re.search(rb"Hello from (\S+)", page)
    return found[1].decode() if found else None


class Client:
    """Asks all the time, in a thread, and remembers when which node began and ceased to answer."""

    def __init__(self):
        self.answers = []  # [node, first answer, last answer]: one for each stretch of one node's answers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)
        self._thread.start()

    def _ask_on(self):
        answered = False
        while not self._stop.is_set():
            node = ask()
            time = now()
            if node and answered and self.answers[-1][0] == node:
                self.answers[-1][2] = time
            elif node:
                self.answers.append([node, time, time])
            answered = node is not None
            self._stop.wait(PAUSE)

    def stop(self):
        self._stop.set()
        self._thread.join()

    def wait_for(self, node, deadline, after=0.0):
        """Waits for an answer of this node later than `after`; its time."""
        def first():
            return next((stretch[1] for stretch in self.answers
                         if stretch[0] == node and stretch[1] > after), None)
        return wait_until(first, deadline, f"an answer of {node} through {ADDRESS}")

    def last_answer_before(self, time):
        """The end of the last stretch of answers that began before."""
        return max((stretch[2] for stretch in self.answers if stretch[1] < time), default=None)
