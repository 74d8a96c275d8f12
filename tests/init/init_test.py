#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The init scripts and units: order, texts, exit codes, variables (cases 51-58 of docs/conformance.md)."""
import os
import shutil
import subprocess
import tempfile
import unittest

from shims import ROOT, Machine

START = """Starting cluster: 
   Global setup... [  OK  ]
   Starting cman... [  OK  ]
   Waiting for quorum... [  OK  ]
   Starting fenced... [  OK  ]
   Unfencing self... [  OK  ]
   Joining fence domain... [  OK  ]
"""
START_CALLS = ["cman_tool -t 60 -w join -DWARN", "cman_tool -t 45 -q wait", "ha-supervise -b -- fenced",
               "fence_node -U", "fence_tool join -w 20"]


class InitTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.machine = Machine(self.folder)

    def tearDown(self):
        self.machine.close()
        shutil.rmtree(self.folder)

    def cman(self, *words, code=0):
        actual, output = self.machine.run("cman", *words)
        self.assertEqual(actual, code, output)
        return output


class CmanStart(InitTest):
    def test_prints_and_does_each_step_in_order(self):
        self.assertEqual(self.cman("start"), START)
        self.assertEqual(self.machine.calls, START_CALLS)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "lock", "cman")))

    def test_says_what_needs_no_action_only_when_full(self):
        self.machine.defaults("cman", "INITLOGLEVEL=full\n")
        self.assertIn("   Checking Network Manager... action not required\n", self.cman("start"))

    def test_quiet_prints_nothing(self):
        self.machine.defaults("cman", "INITLOGLEVEL=quiet\n")
        self.assertEqual(self.cman("start"), "")

    def test_a_second_start_restarts_nothing(self):
        self.cman("start")
        pids = [self.machine.pid(daemon) for daemon in ("cmand", "fenced")]
        self.cman("start")
        self.assertEqual(self.machine.calls, ["cman_tool -t 45 -q wait"])
        self.assertEqual(pids, [self.machine.pid(daemon) for daemon in ("cmand", "fenced")])

    def test_ends_after_a_breakpoint_with_success(self):
        self.cman("start", "join")
        self.assertEqual(self.machine.calls, START_CALLS[:1])
        self.cman("start", "quorum")
        self.assertEqual(self.machine.calls, START_CALLS[1:2])
        self.machine.defaults("cman", "INITBREAKPOINT=daemons\n")
        self.cman("start")
        self.assertEqual(self.machine.calls, START_CALLS[1:3])

    def test_passes_its_variables_on(self):
        self.machine.defaults("cluster", "CLUSTERNAME=alpha\n")
        self.machine.defaults("cman", "NODENAME=n1\nCONFIG_VALIDATION=FAIL\nCMAN_JOIN_OPTS='-d -P'\n"
                              "CMAN_CLUSTER_TIMEOUT=7\nCMAN_QUORUM_TIMEOUT=0\nFENCED_OPTS='-j 3'\n"
                              "FENCE_JOIN_TIMEOUT=9\n")
        self.cman("start")
        self.assertEqual(self.machine.calls, [
            "cman_tool -t 7 -w join -DFAIL -n n1 -c alpha -d -P", "ha-supervise -b -- fenced -j 3",
            "fence_node -U", "fence_tool join -w 9"])

    def test_waits_for_all_nodes_where_two_node_is_set(self):
        self.machine.say("cman_tool status", "Flags: 2node ")
        self.cman("start")
        self.assertEqual(self.machine.calls[-1], "fence_tool join -w 20 -m 45")

    def test_does_not_join_the_domain_where_told_so(self):
        self.machine.defaults("cman", "FENCE_JOIN=no\n")
        self.assertNotIn("Joining fence domain", self.cman("start"))
        self.assertNotIn("fence_tool join -w 20", self.machine.calls)

    def test_a_node_without_unfence_is_fine_a_failed_unfence_is_not(self):
        self.machine.fail("fence_node -U", 2)
        self.assertNotIn("Unfencing self", self.cman("start"))
        self.cman("stop")
        self.machine.obey()
        self.machine.fail("fence_node -U", 1, "unfence n1 failed")
        self.assertIn("   Unfencing self... unfence n1 failed\n[FAILED]\n", self.cman("start", code=1))

    def test_an_inquorate_cluster_fails_it_and_nothing_is_left_running(self):
        self.machine.fail("cman_tool -t 45 -q wait", 2, "cman_tool: Timed-out waiting for cluster")
        output = self.cman("start", code=1)
        self.assertIn("   Waiting for quorum... cman_tool: Timed-out waiting for cluster\n[FAILED]\n"
                      "Stopping cluster: \n   Stopping cman... [  OK  ]\n", output)
        self.assertIsNone(self.machine.pid("cmand"))

    def test_a_failed_second_start_leaves_the_running_cluster_alone(self):
        self.cman("start")
        self.machine.fail("cman_tool -t 45 -q wait", 2)
        self.cman("start", code=1)
        self.assertIsNotNone(self.machine.pid("cmand"))

    def test_the_reason_of_a_failed_join_is_shown(self):
        self.machine.fail("cman_tool -t 60 -w join", 1, "cman_tool: corosync daemon didn't start")
        self.assertIn("   Starting cman... cman_tool: corosync daemon didn't start\n[FAILED]\n",
                      self.cman("start", code=1))

    def test_complaints_of_the_validation_are_shown_and_tolerated(self):
        self.machine.say("cman_tool -t 60 -w join", "cluster.conf:3: cman: unknown attribute")
        self.assertIn("   Starting cman... \ncluster.conf:3: cman: unknown attribute\n[  OK  ]\n",
                      self.cman("start", "join"))

    def test_a_missing_configuration_is_named(self):
        os.unlink(os.path.join(self.folder, "cluster.conf"))
        self.assertIn("cluster.conf not found\n[FAILED]\n", self.cman("start", code=1))
        self.assertEqual(self.machine.calls, [])


class CmanStop(InitTest):
    def test_stops_in_the_reverse_order(self):
        self.cman("start")
        self.assertEqual(self.cman("stop"), "Stopping cluster: \n   Leaving fence domain... [  OK  ]\n"
                         "   Stopping fenced... [  OK  ]\n   Stopping cman... [  OK  ]\n")
        self.assertEqual(self.machine.calls, ["fence_tool leave -w 30", "cman_tool -t 60 -w leave"])
        self.assertFalse(os.path.exists(os.path.join(self.folder, "lock", "cman")))

    def test_ends_where_the_domain_cannot_be_left_and_the_node_stays_a_member(self):
        self.cman("start")
        self.machine.fail("fence_tool leave", 1, "found dlm lockspace gfs")
        self.assertIn("   Leaving fence domain... found dlm lockspace gfs\n[FAILED]\n",
                      self.cman("stop", code=1))
        self.assertEqual(self.machine.calls, ["fence_tool leave -w 30"])
        self.assertIsNotNone(self.machine.pid("fenced"))

    def test_hands_remove_and_options_on(self):
        self.machine.defaults("cman", "CMAN_LEAVE_OPTS=force\nCMAN_SHUTDOWN_TIMEOUT=5\n")
        self.cman("start", "join")
        self.cman("stop", "remove")
        self.assertEqual(self.machine.calls, ["cman_tool -t 5 -w leave remove force"])

    def test_of_what_does_not_run_is_a_success(self):
        self.assertEqual(self.cman("stop"), "Stopping cluster: \n")


class CmanOthers(InitTest):
    def test_status_codes(self):
        self.assertEqual(self.cman("status", code=3), "cluster is not running.\n")
        self.cman("start")
        self.assertEqual(self.cman("status"), "cluster is running.\n")
        self.machine.say("cman_tool status", "Quorum: 2 Activity blocked")
        self.assertIn("inquorate", self.cman("status"))
        self.machine.obey()
        self.machine.fail("cman_tool version")
        self.assertEqual(self.cman("status", code=3), "cman is not answering\n")
        self.machine.kill("cmand")
        self.assertEqual(self.cman("status", code=1), "Found stale pid file\n")
        (self.machine.run_root / "cmand.pid").unlink()
        self.assertEqual(self.cman("status", code=2), "Found stale lock file\n")

    def test_status_names_a_dead_fenced(self):
        self.cman("start")
        self.machine.kill("fenced")
        self.assertEqual(self.cman("status", code=1), "fenced is dead: found stale pid file\n")

    def test_restart_removes_and_condrestart_acts_only_on_what_runs(self):
        self.cman("condrestart")
        self.assertEqual(self.machine.calls, [])
        self.cman("start")
        self.cman("try-restart")
        self.assertEqual(self.machine.calls, ["fence_tool leave -w 30", "cman_tool -t 60 -w leave remove",
                                              *START_CALLS])

    def test_usage_and_rights(self):
        self.assertIn("usage:", self.cman("halt", code=2))
        code, output = self.machine.run("cman", "start", user=1000)
        self.assertEqual(code, 4)
        self.assertRegex(output, "^Only root can execute .*/cman script$")


class Rgmanager(InitTest):
    def rgmanager(self, *words, code=0):
        actual, output = self.machine.run("rgmanager", *words)
        self.assertEqual(actual, code, output)
        return output

    def test_starts_once_tells_and_stops(self):
        self.machine.defaults("rgmanager", "RGMGR_OPTS=-N\n")
        self.assertEqual(self.rgmanager("status", code=1), "rgmanager is stopped\n")
        self.assertEqual(self.rgmanager("start"), "Starting Cluster Service Manager: [  OK  ]\n")
        self.assertEqual(self.machine.calls, ["ha-supervise -b -- rgmanager -N"])
        pid = self.machine.pid("rgmanager")
        self.assertEqual(self.rgmanager("status"), f"rgmanager (pid {pid}) is running...\n")
        self.rgmanager("start")
        self.assertEqual(self.machine.calls, [])
        self.assertEqual(self.rgmanager("stop"), "Stopping Cluster Service Manager: [  OK  ]\n")
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        self.rgmanager("stop")

    def test_failure_reload_and_usage_have_their_codes(self):
        self.machine.fail("ha-supervise", 111, "rgmanager: no cman")
        self.assertEqual(self.rgmanager("start", code=1),
                         "Starting Cluster Service Manager: rgmanager: no cman\n[FAILED]\n")
        for word in ("reload", "force-reload"):
            self.rgmanager(word, code=3)
        self.rgmanager("condrestart")
        self.assertEqual(self.machine.calls, [])
        self.assertIn("usage:", self.rgmanager("", code=2))
        self.assertEqual(self.machine.run("rgmanager", "stop", user=1000)[0], 4)


class Files(unittest.TestCase):
    def test_scripts_are_plain_shell(self):
        for name in ("cman", "rgmanager"):
            subprocess.run(["dash", "-n", str(ROOT / "init" / name)], check=True)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd here")
    def test_units_verify(self):
        units = sorted(str(path) for path in (ROOT / "init/systemd").glob("*.service"))
        self.assertEqual(len(units), 3)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True,
                              check=False)
        not_installed = "is not executable: No such file or directory"
        complaints = [line for line in done.stderr.splitlines() if not_installed not in line]
        self.assertEqual(complaints, [])

    def test_units_start_in_the_order_of_the_scripts(self):
        texts = {name: (ROOT / f"init/systemd/{name}.service").read_text()
                 for name in ("cman", "fenced", "rgmanager")}
        self.assertRegex(texts["fenced"], r"(?m)^After=.*\bcman\.service")
        self.assertRegex(texts["rgmanager"], r"(?m)^After=.*\bfenced\.service")
        for name in ("fenced", "rgmanager"):
            self.assertRegex(texts[name], r"(?m)^Requires=")


if __name__ == "__main__":
    if os.getuid() != 0:
        raise SystemExit("needs root: mount namespaces")
    unittest.main()
