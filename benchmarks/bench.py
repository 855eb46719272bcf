# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks share: a lab that is removed however they end, commands that end them by failing, and figures."""
from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAB_DIR = Path.home() / ".cache/halab/labs/bench"


class Bench:
    """Figures taken on a lab of its own. The inventory says which nodes it has."""

    def __init__(self, inventory, release, rows):
        self.inventory = inventory
        self.release = release
        self.rows = rows

    def run(self, *argv, timeout=900, stdin=""):
        """What a command says. One that fails ends the benchmark: the figure would mean nothing."""
        command = " ".join(map(str, argv))
        try:
            done = subprocess.run(argv, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False,
                                  timeout=timeout)
        except subprocess.TimeoutExpired:
            fail(f"{command}: not done within {timeout} s")
        if done.returncode:
            fail(f"{command}: exit status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def timed(self, title, *argv):
        """Seconds that a command took."""
        say(title)
        began = time.monotonic()
        self.run(*argv)
        seconds = time.monotonic() - began
        print(f" {seconds:.1f} s", flush=True)
        return seconds

    def play(self, title, name, *more):
        return self.timed(title, "ansible-playbook", "-i", self.inventory, "-e", f"lab_os={self.release}",
                          "-e", "lab_name=bench", *more, f"playbooks/{name}.yml")

    def ssh(self, node, command, stdin="", timeout=120):
        """What a command says on a node."""
        return self.run("ssh", "-F", LAB_DIR / "ssh_config", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10",
                        node, command, stdin=stdin, timeout=timeout)

    @contextlib.contextmanager
    def lab(self, title, *more):
        """Whatever becomes of what is done inside, the lab is removed afterwards."""
        # Of itself, Python would end at once. As ^C, it is to run what is below.
        signal.signal(signal.SIGTERM, lambda *dummy: sys.exit("ended by SIGTERM"))
        try:
            yield
        finally:
            self.play(f"{title}: lab down", "lab_down", *more)

    def row(self, name, value, unit, limit=None, least=None):
        """A figure, with the most or the least that it may be."""
        self.rows.append({"name": name, "value": round(value, 3), "unit": unit, "limit": limit, "least": least})


def say(title):
    print(f"{time.strftime('%H:%M:%S')}  {title} ...", end="", flush=True)


def fail(text):
    """Says it now: when the removal of the lab fails as well, an exception's text would be replaced by that one's."""
    print(f"\n{text}", file=sys.stderr, flush=True)
    sys.exit(1)


def refuse_where_a_lab_is_up():
    if subprocess.run(["pgrep", "--full", r"/bmc\.py .* serve$"], capture_output=True, check=False).returncode == 0:
        sys.exit("A lab is up, and its nodes would spoil every figure. Remove it first: make down")


def missed(row):
    above = row["limit"] is not None and row["value"] > row["limit"]
    below = row["least"] is not None and row["value"] < row["least"]
    return above or below


def report(rows, output):
    """Writes the figures down and prints them; 1 where one misses its limit. They are judged as they are printed."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print()
    for row in rows:
        limits = [f"  {word} {row[key]}" for key, word in (("limit", "limit"), ("least", "at least"))
                  if row[key] is not None]
        verdict = "  MISSED" if missed(row) else ""
        print(f"{row['name']:45} {row['value']:10.3f} {row['unit']:10}{''.join(limits)}{verdict}")
    return 1 if any(map(missed, rows)) else 0
