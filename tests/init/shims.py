# SPDX-License-Identifier: Apache-2.0
"""A machine for one init script: fake commands that note their calls, in a mount namespace of its own.

`fail(COMMAND)` makes every call that starts with these words fail; `say(COMMAND, TEXT)` gives it output.
A daemon's shim leaves a real process and a pid file behind, so that stop and status have something to do.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

COMMAND = """#!/bin/sh
echo "$(basename "$0") $*" | sed 's/ *$//' >> "$SHIM/calls"
name=$(basename "$0")
while IFS='|' read -r rule result text; do
    case "$name $* " in "$rule "*) [ -n "$text" ] && echo "$text"; exit "$result" ;; esac
done < "$SHIM/rules"
case "$name $*" in
"cman_tool -t"*join*) start=cmand ;;
"cman_tool -t"*leave*) stop=cmand ;;
"ha-supervise -b -- "*) shift 2; start=$1 ;;
"fence_tool join"*) touch "$SHIM/domain" ;;
"fence_tool leave"*) rm -f "$SHIM/domain" ;;
"fence_tool ls") [ -f "$SHIM/domain" ]; exit ;;
"cman_tool version" | "cman_tool status") [ -f "$HA_RUN_ROOT/cmand.pid" ] || exit 1 ;;
esac
if [ -n "$start" ]; then
    setsid sleep 600 > /dev/null 2>&1 &
    echo $! > "$HA_RUN_ROOT/$start.pid"
fi
if [ -n "$stop" ]; then
    kill "$(cat "$HA_RUN_ROOT/$stop.pid")"
    rm "$HA_RUN_ROOT/$stop.pid"
fi
exit 0
"""

COMMANDS = ("cman_tool", "fence_tool", "fence_node", "ha-supervise")


class Machine:
    """`folder`: an empty directory that the test removes."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.run_root = self.folder / "run"
        self.bin = self.folder / "bin"
        self.folder.chmod(0o755)
        shutil.copytree(ROOT / "init", self.folder / "init")  # the checkout may be root's alone
        for path in (self.run_root, self.bin, self.folder / "default", self.folder / "lock"):
            path.mkdir()
        for name in COMMANDS:
            (self.bin / name).write_text(COMMAND)
            (self.bin / name).chmod(0o755)
        (self.folder / "cluster.conf").write_text("<cluster/>")
        self.rules = []
        self.write_rules()

    def write_rules(self):
        text = "".join(f"{words}|{code}|{said}\n" for words, code, said in self.rules)
        (self.folder / "rules").write_text(text)

    def fail(self, words, code=1, said=""):
        self.rules.append((words, code, said))
        self.write_rules()

    def say(self, words, said):
        self.fail(words, 0, said)

    def obey(self):
        self.rules.clear()
        self.write_rules()

    def defaults(self, name, text):
        (self.folder / "default" / name).write_text(text)

    def run(self, script, *words, user=None):
        """Exit code and output; the calls are in self.calls."""
        (self.folder / "calls").write_text("")
        inside = ('mount --bind "$SHIM/default" /etc/default && mount --bind "$SHIM/lock" /var/lock && '
                  'exec "$@"')
        argv = ["unshare", "--mount", "sh", "-c", inside, "sh"]
        if user:
            argv += ["setpriv", f"--reuid={user}", "--clear-groups"]
        environment = {
            "PATH": f"{self.bin}:/usr/sbin:/usr/bin:/sbin:/bin",
            "SHIM": str(self.folder),
            "HA_RUN_ROOT": str(self.run_root),
            "HA_LIBEXEC_DIR": str(self.bin),
            "COROSYNC_CLUSTER_CONFIG_FILE": str(self.folder / "cluster.conf"),
        }
        done = subprocess.run([*argv, str(self.folder / "init" / script), *words], env=environment, timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        calls = (self.folder / "calls").read_text().splitlines()
        queries = ("cman_tool version", "cman_tool status", "fence_tool ls")
        self.calls = [call for call in calls if call not in queries]
        return done.returncode, done.stdout

    def pid(self, daemon):
        path = self.run_root / f"{daemon}.pid"
        return int(path.read_text()) if path.exists() else None

    def kill(self, daemon):
        """The daemon dies and leaves its pid file."""
        pid = self.pid(daemon)
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
            time.sleep(0.01)  # until the machine's PID 1 has reaped it

    def close(self):
        for path in self.run_root.glob("*.pid"):
            try:
                os.kill(int(path.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                pass
