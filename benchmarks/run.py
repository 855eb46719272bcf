# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the playbooks costs, as a ratio to a plain shell script that makes the same cluster in the same
minutes; on three nodes also what a large configuration costs (cib.py). Then what haproxy of role haproxy lets through
(throughput.py).

    run.py [--nodes 3,6,9] [--rounds 3] [--os debian13] [--output build/bench.json] [--no-throughput]

Builds a lab of its own for every size (no other lab may be up), and removes it. Script and playbooks take turns, and
the median of their rounds counts: a machine that was busy for a minute then spoils neither side.
"""
from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import bench
import cib
import throughput

# Ratios are the promise, at every size; seconds belong to the machine they were taken on. The exception: what a client
# waits for.
LIMITS = {"first converge": 1.6, "unchanged converge": 0.5}


def inventory(folder, count):
    """Topology failover with another number of nodes."""
    shutil.copytree(bench.ROOT / "inventories/failover/group_vars", folder / "group_vars")
    hosts = {
        f"node{number}": {
            "ansible_host": f"198.18.0.{10 + number}",
            "corosync_node": {"nodeid": number, "ring0_addr": f"198.18.0.{10 + number}"},
            "bmc_address": f"198.18.0.{210 + number}",
        }
        for number in range(1, count + 1)
    }
    variables = {"corosync_quorum": {"auto_tie_breaker": 1}} if count % 2 == 0 else {}
    tree = {"all": {"children": {"cluster": {"hosts": hosts, "vars": variables}}}}
    (folder / "hosts.yml").write_text(json.dumps(tree), encoding="utf-8")
    return [f"{name}={host['ansible_host']}={host['bmc_address']}" for name, host in hosts.items()]


class Cost(bench.Bench):
    def size(self, count, rounds):
        nodes = inventory(self.inventory, count)
        label = f"{count} nodes"
        seconds = {"floor": [], "up": [], "first": [], "again": []}
        with self.lab(label):
            # Makes the image where it is missing: that is not what is measured.
            self.play(f"{label}: lab up, image made if missing", "lab_up")
            for number in range(rounds):
                of = f"{label}, round {number + 1} of {rounds}"
                floor = self.timed(f"{of}: floor, first run", "benchmarks/floor.sh", bench.LAB_DIR, *nodes)
                seconds["floor"].append(floor)
                self.play(f"{of}: lab down", "lab_down")
                seconds["up"].append(self.play(f"{of}: lab up", "lab_up"))
                seconds["first"].append(self.play(f"{of}: first converge", "site"))
                seconds["again"].append(self.play(f"{of}: converge that changes nothing", "site"))
                if count == 3 and number == 0:
                    self.drills()
                    cib.measure(self, rounds)
                if number + 1 < rounds:
                    self.play(f"{of}: lab down", "lab_down")
                    self.play(f"{of}: lab up", "lab_up")
        up, floor, first, again = (statistics.median(seconds[name]) for name in ("up", "floor", "first", "again"))
        self.row(f"{label}: from a warm cache to SSH", up, "s", 15 if count == 3 else None)
        self.row(f"{label}: floor, first run", floor, "s")
        self.row(f"{label}: first converge", first, "s")
        self.row(f"{label}: unchanged converge", again, "s")
        self.row(f"{label}: first converge / floor", first / floor, "ratio", LIMITS["first converge"])
        self.row(f"{label}: unchanged converge / floor", again / floor, "ratio", LIMITS["unchanged converge"])

    def drills(self):
        # Not in the inventory's folder: the next playbook would read the reports as hosts.
        with tempfile.TemporaryDirectory() as folder:
            for drill in ("power_off_holder", "planned_move"):
                self.play(f"drill {drill}", "drill", "-e", f"drill_only={drill}",
                          "-e", f"drill_report_dir={folder}", "-e", "drill_topology=bench")
            records = json.loads((Path(folder) / "bench.json").read_text(encoding="utf-8"))
        for record in records:
            self.row(f"client outage: {record['drill']}", record["outage_s"], "s", record["limit_s"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", default="3,6,9")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--os", default=os.environ.get("HALAB_OS", "debian13"))
    parser.add_argument("--output", type=Path, default=bench.ROOT / "build/bench.json")
    parser.add_argument("--no-throughput", action="store_true")
    arguments = parser.parse_args()
    bench.refuse_where_a_lab_is_up()
    rows = []
    try:
        for count in map(int, arguments.nodes.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                Cost(Path(folder), arguments.os, rows).size(count, arguments.rounds)
        if not arguments.no_throughput:
            throughput.measure(arguments.os, rows)
    finally:
        # An hour's figures are not lost because the last minute failed.
        status = bench.report(rows, arguments.output)
    sys.exit(status)


if __name__ == "__main__":
    main()
