# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Pacemaker's tools and waits for the cluster. The only I/O of the pacemaker_* modules.

Private to this collection.
"""

from __future__ import annotations

import copy
import os
import re
import tempfile
import time
import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils import (
    _cib, _cib_describe, _cib_view, _cib_xml, _pacemaker_status)

ATTEMPTS = 5  # a busy cluster updates its status all the time; each attempt starts from what is live then
PROC = "/proc"
STEP = 0.3  # s between two looks at the cluster
NOT_CONNECTED = (102, 107)  # Pacemaker's CRM_EX_DISCONNECT, and the plain ENOTCONN some tools pass on
NO_INPUT = 66  # what crm_simulate of Pacemaker 2.1 says instead
OLD_DATA = 103  # CRM_EX_OLD: the live CIB is newer than the patch
LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}


class Pacemaker:
    """Pacemaker as seen from this node, or a CIB file."""

    def __init__(self, module, timeout, cib_file=None):
        self.module = module
        self.timeout = timeout
        # A link would be replaced by a file, with the digest of the one that it leads to.
        self.cib_file = os.path.realpath(cib_file) if cib_file else None
        self.deadline = time.monotonic() + timeout
        self.environment = dict(LOCALE, CIB_file=self.cib_file) if cib_file else LOCALE

    def run(self, argv, data=None, accept=(0,)):
        """Run a tool; stop with its words unless its return code is accepted."""
        # crm_simulate writes what it works on into a file, in the directory of the live CIB unless this names another one.
        rc, out, err = self.module.run_command(
            argv, data=data, environ_update=dict(self.environment, CIB_shadow_dir=self.module.tmpdir))
        if rc not in accept:
            self.fail_command(argv, rc, out, err)
        return rc, out, err

    def fail_command(self, argv, rc, out, err, advice=""):
        said = (err.strip() or out.strip() or "nothing")
        self.module.fail_json(msg="%s%s failed with rc %s: %s" % (advice, " ".join(argv), rc, said), rc=rc)

    def time_left(self):
        return time.monotonic() < self.deadline

    def daemons(self):
        """Which of Pacemaker's daemons run on this node. On a remote node, or in a guest, there is one."""
        running = set()
        for pid in os.listdir(PROC):
            if pid.isdigit():
                try:
                    with open(os.path.join(PROC, pid, "cmdline"), "rb") as handle:
                        running.add(os.path.basename(handle.read().split(b"\0")[0].decode(errors="replace")))
                except OSError:
                    continue  # gone in the meantime
        # What a cluster's node runs in containers is seen from there as well.
        if _pacemaker_status.REMOTE_DAEMON in running and not running & set(_pacemaker_status.DAEMONS):
            return {_pacemaker_status.REMOTE_DAEMON: True}
        return {name: name in running for name in _pacemaker_status.DAEMONS}

    def runs(self):
        """Whether Pacemaker runs on this node, or what speaks for it on a remote one."""
        daemons = self.daemons()
        return daemons.get("pacemakerd", daemons.get(_pacemaker_status.REMOTE_DAEMON, False))

    # The CIB

    def try_query(self):
        """The CIB, or None while Pacemaker does not answer."""
        argv = ["cibadmin", "--query"]
        rc, out, dummy = self.run(argv, accept=(0,) + (() if self.cib_file else NOT_CONNECTED))
        return _cib_xml.parse(out) if rc == 0 else None

    def query(self):
        """The CIB of a cluster that has a DC. Before its election the live CIB is empty and must not be planned on."""
        while True:
            cib = self.try_query()
            if cib is not None and (self.cib_file or _pacemaker_status.dc_of(cib)):
                return cib
            if cib is None and not self.runs():
                self.module.fail_json(
                    msg="Pacemaker is not running on this node. Start it (systemctl start pacemaker).")
            if not self.time_left():
                self.module.fail_json(
                    msg="The cluster has no designated controller (DC) after %s s. Look at crm_mon and at "
                        "journalctl -u pacemaker -u corosync; without quorum or with all nodes apart there is none."
                        % self.timeout)
            time.sleep(STEP)

    def write_temporary(self, cib):
        """A copy for the tools that only read files. It may hold secrets: mode 0600, gone when the module ends."""
        handle, path = tempfile.mkstemp(prefix="cib-", suffix=".xml", dir=self.module.tmpdir)
        self.module.add_cleanup_file(path)
        with os.fdopen(handle, "wb") as stream:
            stream.write(ET.tostring(cib, encoding="utf-8"))
        return path

    def verify(self, wanted, live):
        """Refuse a configuration with errors the live one does not have; return the errors both have.

        A cluster may have errors already (stonith enabled, no device yet) that this change does not touch.
        """
        argv, rc, said, err = self._verify(wanted)
        if rc == 0:
            return []
        dummy, dummy, known, dummy = self._verify(live)
        if set(said) - set(known):
            self.fail_command(argv, rc, "", err, "The desired configuration is not valid; nothing was applied. ")
        return [line for line in said if "error: " in line and "schema validation" not in line]

    def _verify(self, cib):
        # Without the status: a node that is down is no error of the configuration.
        bare = copy.deepcopy(cib)
        bare.find("status").clear()
        argv = ["crm_verify", "--xml-file", self.write_temporary(bare), "--verbose"]
        rc, out, err = self.run(argv, accept=range(256))
        lines = [re.sub(r"^(\S*\.xml:\d+: |\(\w+\)\s+)", "", line).strip() for line in (err + out).splitlines()]
        return argv, rc, [line for line in lines if line and "warning" not in line.lower()], err + out

    def simulate(self, cib):
        """What Pacemaker would do with a CIB, and the resources after that."""
        dummy, out, dummy = self.run(
            ["crm_simulate", "--xml-file", self.write_temporary(cib), "--simulate", "--output-as=xml"])
        return dict(_pacemaker_status.parse_simulation(out), resources=_pacemaker_status.parse_outcome(out))

    def simulated(self, cib):
        """The same, and the CIB after that."""
        path = self.write_temporary(cib)
        dummy, out, dummy = self.run(["crm_simulate", "--xml-file", self.write_temporary(cib), "--simulate",
                                      "--save-output", path, "--output-as=xml"])
        with open(path, "rb") as stream:
            after = _cib_xml.parse(stream.read())
        return dict(_pacemaker_status.parse_simulation(out), resources=_pacemaker_status.parse_outcome(out), cib=after)

    def make_patch(self, old_path, new_path):
        # rc 1 means: they differ, and the difference was printed.
        dummy, out, dummy = self.run(["crm_diff", "--original", old_path, "--new", new_path], accept=(1,))
        return out

    def apply_patch(self, patch):
        """True when applied, False when the live CIB is no longer the one the patch was made from."""
        rc, dummy, dummy = self.run(["cibadmin", "--patch", "--sync-call", "--xml-pipe"], data=patch,
                                    accept=(0, OLD_DATA))
        return rc == 0

    def apply(self, live, plan):
        """Write what plan makes of the live CIB, as one patch. A change of status in between is tried again."""
        for dummy in range(ATTEMPTS):
            wanted, steps = plan(live)
            # A run that was interrupted leaves a module at work on the node: what wants the same is no conflict.
            if not steps:
                return
            patch = self.make_patch(self.write_temporary(live), self.write_temporary(_cib.next_version(wanted)))
            if self.apply_patch(patch):
                return
            now = self.query()
            if _cib_view.users_part(now) != _cib_view.users_part(live) and plan(now)[1]:
                self._fail_changed_by_others(live, now)
            live = now
        self.module.fail_json(msg="The status of the cluster changed during each of %d attempts to apply the plan; "
                                  "nothing was applied. Run again when the cluster is quieter." % ATTEMPTS)

    def _fail_changed_by_others(self, before, now):
        """Somebody else wrote the configuration between the plan and the patch."""
        who = _pacemaker_status.configuration(now)
        steps = _cib_view.differences(_cib_describe.describe(before), _cib_describe.describe(now))
        self.module.fail_json(
            msg="The configuration was changed by somebody else after it was read (version %s, now %s): by user %s "
                "with %s on %s, written %s. Changed: %s. Nothing was applied. Run again to plan on what is there now." % (
                    _pacemaker_status.cib_version(before), _pacemaker_status.cib_version(now), who["update_user"],
                    who["update_client"], who["update_origin"], who["last_written"],
                    _cib_view.summary(steps) or "a part this module does not manage"),
            others_changes=_cib_view.masked(steps))

    # The cluster

    def monitor(self):
        """Parsed crm_mon."""
        dummy, out, dummy = self.run(["crm_mon", "--output-as=xml"])
        return _pacemaker_status.parse_mon(out)

    def try_monitor(self):
        """Parsed crm_mon, or None while Pacemaker does not answer."""
        rc, out, dummy = self.run(["crm_mon", "--output-as=xml"], accept=(0,) + NOT_CONNECTED)
        return _pacemaker_status.parse_mon(out) if rc == 0 else None

    def outstanding(self):
        """What keeps the cluster from being settled; empty when it is."""
        rc, out, dummy = self.run(["crm_simulate", "--live-check", "--simulate", "--output-as=xml"],
                                  accept=(0, NO_INPUT) + NOT_CONNECTED)
        if rc != 0:
            return ["Pacemaker on this node does not answer"]
        simulation = _pacemaker_status.parse_simulation(out)
        if simulation["transitions"]:
            return simulation["transitions"]
        if not simulation["idle"]:
            return ["operations without a change of role"]
        if not simulation["dc"]:
            return ["election of a DC"]
        # Asked after the simulation: an operation that ended in between has either left the DC idle or made it busy.
        rc, out, dummy = self.run(["crmadmin", "--status", simulation["dc"], "--timeout", "2s", "--output-as=xml"],
                                  accept=range(256))
        state = _pacemaker_status.parse_dc_state(out) if rc == 0 else None
        return [] if state == "S_IDLE" else ["the DC %s is in state %s" % (simulation["dc"], state)]

    def wait_settled(self, so_far="The configuration is applied"):
        while True:
            left = self.outstanding()
            if not left:
                return
            if not self.time_left():
                self.module.fail_json(
                    msg="%s, but the cluster has not settled within %s s. Outstanding: %s. Look at crm_mon --one-shot "
                        "--inactive." % (so_far, self.timeout, "; ".join(left)))
            time.sleep(STEP)

    def check_started(self, before):
        """Stop if something has failed since and does not run; say so if it failed and runs."""
        after = self.monitor()
        failures = _pacemaker_status.start_failures(before, after)
        texts = [_pacemaker_status.failure_text(item) for item in failures]
        if failures:
            self.module.fail_json(
                msg="The configuration is applied, but %s. Mend the cause, then: crm_resource --cleanup --resource %s"
                    % ("; ".join(texts), failures[0]["resource"]), failures=failures)
        old = [_pacemaker_status.failure_text(item) for item in before["failures"]]
        for text in [_pacemaker_status.failure_text(item) for item in after["failures"]]:
            if text not in old:
                self.module.warn("The cluster recovered from a failure: %s." % text)

    # Agents

    def agent_problem(self, agent):
        """Why an agent cannot run on this node, or None."""
        spec = _cib_xml.split_agent(agent)
        standard, kind = spec["class"], spec["type"]
        paths = {
            "ocf": ["/usr/lib/ocf/resource.d/%s/%s" % (spec.get("provider"), kind)],
            "stonith": ["/usr/sbin/" + kind, "/usr/lib/stonith/plugins/" + kind],
            "lsb": ["/etc/init.d/" + kind],
            "service": ["/etc/init.d/" + kind],
        }.get(standard, [])
        if any(os.path.isfile(path) and os.access(path, os.X_OK) for path in paths):
            return None
        if standard in ("systemd", "service"):
            unit = kind if "." in kind else kind + ".service"
            argv = ["systemctl", "show", "--property=LoadState", "--value", unit]
            dummy, out, dummy = self.run(argv)
            if out.strip() not in ("not-found", "bad-setting", "error", ""):
                return None
            return "%s is not installed on this node: systemd knows no unit %s. Install the package that brings it " \
                   "(apt-file search %s)." % (agent, unit, unit)
        return "%s is not installed on this node: no executable at %s. Install the package that brings it " \
               "(apt-file search %s)." % (agent, " or ".join(paths), paths[0])
