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
import sys
import tempfile
from pathlib import Path

import bench
import run

# Seconds until three of them answer, by how their processors are made.
LIMITS = {"tcg": 150, "kvm": 20}
ACCEL = Path.home() / ".cache/halab/accel"


def measure(release, rows):
    with tempfile.TemporaryDirectory() as folder:
        nodes = [entry.split("=")[0] for entry in run.inventory(Path(folder), 3)]
        vms = bench.Bench(Path(folder), release, rows)
        vm = ("-e", "lab_backend=vm")
        with vms.lab("3 VMs", *vm):
            # Makes the image and tries the accelerators where that has not been done: not what is measured.
            vms.play("3 VMs: lab up, image made if missing", "lab_up", *vm)
            vms.play("3 VMs: lab down", "lab_down", *vm)
            accel = ACCEL.read_text(encoding="utf-8").split(":")[0].strip()
            up = vms.play("3 VMs: lab up", "lab_up", *vm)
            boots = [vms.ssh(node, "systemctl is-system-running --wait >/dev/null; systemd-analyze") for node in nodes]
            blame = vms.ssh(nodes[0], "systemd-analyze blame --no-pager | head -n 8")
        vms.row(f"3 VMs ({accel}, {release}): from a warm cache to SSH", up, "s", LIMITS[accel])
    for node, boot in zip(nodes, boots):
        print(f"{node}: {boot.splitlines()[0]}")
    print(f"{nodes[0]}, what took longest:\n{blame}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--os", default=os.environ.get("HALAB_OS", "debian13"))
    parser.add_argument("--output", type=Path, default=bench.ROOT / "build/bench-vms.json")
    arguments = parser.parse_args()
    bench.refuse_where_a_lab_is_up()
    rows = []
    measure(arguments.os, rows)
    sys.exit(bench.report(rows, arguments.output))


if __name__ == "__main__":
    main()
