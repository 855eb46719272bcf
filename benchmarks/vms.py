# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long three VMs take from a warm cache until they answer by SSH, and what their boot spends it on.

    vms.py [--os debian13] [--output build/bench-vms.json]

Builds a lab of its own (no other lab may be up), and removes it.
"""
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import run

# Seconds until three of them answer, by how their processors are made.
LIMITS = {"tcg": 150, "kvm": 20}
ACCEL = Path.home() / ".cache/halab/accel"


def ssh(bench, node, command):
    """What a command says on a node."""
    argv = ["ssh", "-F", str(run.LAB_DIR / "ssh_config"), node, command]
    return subprocess.run(argv, cwd=bench.folder, capture_output=True, text=True, check=True, timeout=120).stdout


def measure(release):
    with tempfile.TemporaryDirectory() as folder:
        bench = run.Bench(Path(folder), release)
        nodes = [entry.split("=")[0] for entry in run.inventory(bench.folder, 3)]
        vm = ("-e", "lab_backend=vm")
        try:
            # Makes the image and tries the accelerators where that has not been done: not what is measured.
            bench.play("3 VMs: lab up, image made if missing", "lab_up", *vm)
            bench.play("3 VMs: lab down", "lab_down", *vm)
            accel = ACCEL.read_text(encoding="utf-8").split(":")[0].strip()
            up = bench.play("3 VMs: lab up", "lab_up", *vm)
            boots = [ssh(bench, node, "systemctl is-system-running --wait >/dev/null; systemd-analyze") for node in nodes]
            blame = ssh(bench, nodes[0], "systemd-analyze blame --no-pager | head -n 8")
        finally:
            bench.play("3 VMs: lab down", "lab_down", *vm)
        bench.row(f"3 VMs ({accel}, {release}): from a warm cache to SSH", up, "s", LIMITS[accel])
    for node, boot in zip(nodes, boots):
        print(f"{node}: {boot.splitlines()[0]}")
    print(f"{nodes[0]}, what took longest:\n{blame}")
    return bench.rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--os", default=os.environ.get("HALAB_OS", "debian13"))
    parser.add_argument("--output", type=Path, default=run.ROOT / "build/bench-vms.json")
    arguments = parser.parse_args()
    run.refuse_where_a_lab_is_up()
    sys.exit(run.report(measure(arguments.os), arguments.output))


if __name__ == "__main__":
    main()
