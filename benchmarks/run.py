# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the playbooks costs, as a ratio to a plain shell script that makes the same cluster in the same minutes.

    run.py [--nodes 3,6,9] [--rounds 3] [--os debian13] [--output build/bench.json]

Builds a lab of its own for every size (no other lab may be up), and removes it. Script and playbooks take turns, and the median
of their rounds counts: a machine that was busy for a minute then spoils neither side.
"""
from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAB_DIR = Path.home() / ".cache/halab/labs/bench"
# Ratios are the promise, at every size; seconds belong to the machine they were taken on. The exception: what a client
# waits for.
LIMITS = {"first converge": 1.6, "unchanged converge": 0.5}


def inventory(folder, count):
    """Topology failover with another number of nodes."""
    shutil.copytree(ROOT / "inventories/failover/group_vars", folder / "group_vars")
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


class Bench:
    def __init__(self, folder, release):
        self.folder = folder
        self.release = release
        self.rows = []

    def timed(self, title, *argv):
        """Seconds that a command took. One that fails ends the benchmark: its time would mean nothing."""
        print(f"{time.strftime('%H:%M:%S')}  {title} ...", end="", flush=True)
        began = time.monotonic()
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
        seconds = time.monotonic() - began
        print(f" {seconds:.1f} s", flush=True)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, argv))}: exit status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return seconds

    def play(self, title, name, *more):
        return self.timed(title, "ansible-playbook", "-i", self.folder, "-e", f"lab_os={self.release}", "-e", "lab_name=bench",
                          *more, f"playbooks/{name}.yml")

    def row(self, name, value, unit, limit=None):
        self.rows.append({"name": name, "value": round(value, 2), "unit": unit, "limit": limit})

    def size(self, count, rounds):
        nodes = inventory(self.folder, count)
        label = f"{count} nodes"
        seconds = {"floor": [], "up": [], "first": [], "again": []}
        try:
            # Makes the image where it is missing: that is not what is measured.
            self.play(f"{label}: lab up, image made if missing", "lab_up")
            for number in range(rounds):
                of = f"{label}, round {number + 1} of {rounds}"
                seconds["floor"].append(self.timed(f"{of}: floor, first run", "benchmarks/floor.sh", LAB_DIR, *nodes))
                self.play(f"{of}: lab down", "lab_down")
                seconds["up"].append(self.play(f"{of}: lab up", "lab_up"))
                seconds["first"].append(self.play(f"{of}: first converge", "site"))
                seconds["again"].append(self.play(f"{of}: converge that changes nothing", "site"))
                if count == 3 and number == 0:
                    self.drills()
                if number + 1 < rounds:
                    self.play(f"{of}: lab down", "lab_down")
                    self.play(f"{of}: lab up", "lab_up")
        finally:
            self.play(f"{label}: lab down", "lab_down")
        up, floor, first, again = (statistics.median(seconds[name]) for name in ("up", "floor", "first", "again"))
        self.row(f"{label}: from a warm cache to SSH", up, "s", 15 if count == 3 else None)
        self.row(f"{label}: floor, first run", floor, "s")
        self.row(f"{label}: first converge", first, "s")
        self.row(f"{label}: unchanged converge", again, "s")
        self.row(f"{label}: first converge / floor", first / floor, "ratio", LIMITS["first converge"])
        self.row(f"{label}: unchanged converge / floor", again / floor, "ratio", LIMITS["unchanged converge"])

    def drills(self):
        for drill in ("power_off_holder", "planned_move"):
            self.play(f"drill {drill}", "drill", "-e", f"drill_only={drill}", "-e", f"drill_report_dir={self.folder}", "-e", "drill_topology=bench")
        for record in json.loads((self.folder / "bench.json").read_text(encoding="utf-8")):
            self.row(f"client outage: {record['drill']}", record["outage_s"], "s", record["limit_s"])


def refuse_where_a_lab_is_up():
    if subprocess.run(["pgrep", "--full", r"/bmc\.py .* serve$"], capture_output=True, check=False).returncode == 0:
        sys.exit("A lab is up, and its nodes would spoil every figure. Remove it first: make down")


def report(rows, output):
    """Writes the figures down and prints them; 1 where one is over its limit."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print()
    missed = 0
    for row in rows:
        over = row["limit"] is not None and row["value"] > row["limit"]
        missed += over
        limit = "" if row["limit"] is None else f"  limit {row['limit']}{'  MISSED' if over else ''}"
        print(f"{row['name']:45} {row['value']:8.2f} {row['unit']:5}{limit}")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", default="3,6,9")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--os", default=os.environ.get("HALAB_OS", "debian13"))
    parser.add_argument("--output", type=Path, default=ROOT / "build/bench.json")
    arguments = parser.parse_args()
    refuse_where_a_lab_is_up()
    rows = []
    for count in map(int, arguments.nodes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), arguments.os)
            bench.size(count, arguments.rounds)
            rows += bench.rows
    sys.exit(report(rows, arguments.output))


if __name__ == "__main__":
    main()
