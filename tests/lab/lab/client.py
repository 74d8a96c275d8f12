# SPDX-License-Identifier: Apache-2.0
"""A client outside the cluster: asks agents/answer through its floating address, again and again."""
import dataclasses
import socket
import threading

from .wait import now, wait_until

ADDRESS = "10.77.0.100"
PORT = 80
PATIENCE = 2.0  # a lost packet is sent again by then; who answers later was away
PAUSE = 0.02


@dataclasses.dataclass(frozen=True)
class Request:
    """One request: when it was made and ended, and who answered; None: nobody."""
    begin: float
    end: float
    node: str


def ask():
    """The node that answers, or None."""
    try:
        with socket.create_connection((ADDRESS, PORT), timeout=PATIENCE) as connection:
            return connection.makefile("r").readline().strip() or None
    except OSError:
        return None


class Client:
    """Asks all the time, in a thread, and remembers every request."""

    def __init__(self):
        self.requests = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)
        self._thread.start()

    def _ask_on(self):
        while not self._stop.is_set():
            begin = now()
            node = ask()
            self.requests.append(Request(begin, now(), node))
            self._stop.wait(PAUSE)

    def stop(self):
        self._stop.set()
        self._thread.join()

    def since(self, mark):
        """Requests made since then, in order."""
        return [request for request in list(self.requests) if request.begin >= mark]

    def wait_for(self, node, deadline):
        """Waits for a new answer of this node."""
        mark = now()
        wait_until(lambda: any(request.node == node for request in self.since(mark)), deadline,
                   f"an answer of {node} through {ADDRESS}")
