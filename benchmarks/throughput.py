# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What haproxy of role haproxy lets through, as a ratio to the same haproxy with the least that can be written by hand.

    throughput.py [--rounds 10] [--seconds 3] [--os debian13] [--output build/bench-throughput.json]

Builds topology webfarm as a lab of its own (no other lab may be up), and removes it. On one balancer three more
haproxys run beside the topology's, and all have the same binary and the same servers. A client loads one after the
other in short turns, and the median of the rounds' ratios counts. Everything runs on this one machine. hey and nginx
take their part of it, and journald takes its part from the others: on hosts of their own the ratio is another one.
`make bench` does this at its end.
"""
from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
from pathlib import Path

import bench
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_cfg, _probe_load

sys.path.insert(0, str(bench.ROOT / "tests"))
import haproxy_examples  # noqa: E402

INVENTORY = bench.ROOT / "inventories/webfarm"
BALANCER = "lb1"
CLIENT = "client1"
CONNECTIONS = 50
# The role's has all that the role says unless told otherwise, and a frontend and a backend. The topology's has more to
# do: checks of each server twice a second, retries of whatever failed (for which each request is kept until it is
# answered), a rule for that, agents, and the page for keepalived.
ROLE, FARM, LOGS, MINIMAL = "of the role", "of the topology", "minimal with log", "minimal"
# Where each of them listens. FARM is there to tell what the topology's wishes cost, and LOGS what a line in the log for
# each request would.
PORTS = {ROLE: 8082, FARM: 80, LOGS: 8081, MINIMAL: 8080}
# Of the minimal one's requests per second.
LEAST = 0.95
# More requests than this part without a good answer, and it is not throughput that was measured.
FAILED = 0.001


def balancer_address():
    tree = yaml.safe_load((INVENTORY / "hosts.yml").read_text(encoding="utf-8"))
    return tree["all"]["children"]["webfarm"]["children"]["balancers"]["hosts"][BALANCER]["ansible_host"]


def servers():
    """Those of the role's backend without TLS: [{name, address}]."""
    variables = yaml.safe_load((INVENTORY / "group_vars/balancers/haproxy.yml").read_text(encoding="utf-8"))
    return next(backend["server"] for backend in variables["haproxy_backends"] if backend["name"] == "web")


def role_config(port, wanted):
    """A haproxy.cfg of the role, of whose variables only a frontend and a backend are set."""
    variables = dict(
        haproxy_examples.DEFAULTS,
        # The topology's haproxy has the role's own.
        haproxy_global={"stats socket": "/run/bench-role.sock mode 600 level admin"},
        haproxy_frontends=[{"name": "web", "bind": f":{port}", "default_backend": "web"}],
        haproxy_backends=[{"name": "web", "server": wanted}],
    )
    return _haproxy_cfg.haproxy_cfg(variables, haproxy_examples.base())


def config(port, wanted, logs=False):
    """A haproxy.cfg with what is needed to run and no more, or with a line in the log for each request."""
    lines = ["global"]
    lines += ["    log /dev/log local0", "    log /dev/log local1 notice"] if logs else []
    lines += ["defaults", "    mode http", "    timeout connect 5s", "    timeout client 1m", "    timeout server 1m"]
    lines += ["    log global", "    option httplog"] if logs else []
    lines += ["frontend web", f"    bind :{port}", "    default_backend web", "backend web"]
    lines += [f"    server {server['name']} {server['address']}" for server in wanted]
    return "\n".join(lines) + "\n"


def turns(number):
    """Who is measured when, in round 0, 1, 2...: each second round backwards, so that nobody always comes first."""
    return list(PORTS) if number % 2 == 0 else list(PORTS)[::-1]


def per_s(text):
    """Requests per second, of what hey said. ValueError where they are not worth counting."""
    said = _probe_load.summary(text)
    if said["requests"] == 0 or said["failed_requests"] > FAILED * said["requests"]:
        raise ValueError(f"{said['failed_requests']} of {said['requests']} requests failed: "
                         f"by status {said['by_status']}, without an answer {said['errors']}")
    return said["per_s"]


def ratio(figures, one, other):
    """The median of what one did to what the other did in the same round."""
    return statistics.median(mine / theirs for mine, theirs in zip(figures[one], figures[other]))


class Throughput(bench.Bench):
    @contextlib.contextmanager
    def haproxy(self, unit, text):
        """One more haproxy on the balancer, run as Debian's unit runs the role's."""
        path = f"/run/{unit}.cfg"
        self.ssh(BALANCER, f"cat >{path} && /usr/sbin/haproxy -W -c -q -f {path}", stdin=text)
        # Type=notify: systemd-run comes back when haproxy listens, and fails when it does not.
        self.ssh(BALANCER, f"systemd-run --quiet --collect --unit={unit} --property=Type=notify "
                           "--property=KillMode=mixed --property=SuccessExitStatus=143 "
                           f"/usr/sbin/haproxy -Ws -f {path} || "
                           f"{{ journalctl --no-pager --lines=20 --unit={unit} >&2; exit 1; }}")
        try:
            yield
        finally:
            self.ssh(BALANCER, f"systemctl stop {unit} && rm {path}")

    def load(self, title, url, seconds):
        bench.say(title)
        # Not over the VIP: keepalived is not what is measured.
        command = f"hey -z {seconds}s -c {CONNECTIONS} {url}"
        said = self.ssh(CLIENT, command, timeout=seconds + 60)
        try:
            figure = per_s(said)
        except ValueError as error:
            bench.fail(f"{CLIENT}: {command}: {error}")
        print(f" {figure:.0f} requests/s", flush=True)
        return figure

    def rounds(self, count, seconds):
        """{who: requests per second of each round}"""
        urls = {who: f"http://{balancer_address()}:{port}/" for who, port in PORTS.items()}
        for who, url in urls.items():
            self.load(f"haproxy {who}: warming up", url, 1)
        figures = {who: [] for who in PORTS}
        for number in range(count):
            for who in turns(number):
                figures[who].append(self.load(f"haproxy {who}, round {number + 1} of {count}", urls[who], seconds))
        return figures

    def judge(self, figures):
        for who in PORTS:
            self.row(f"haproxy {who}", statistics.median(figures[who]), "requests/s")
        self.row(f"haproxy {ROLE} / {MINIMAL}", ratio(figures, ROLE, MINIMAL), "ratio", least=LEAST)
        for other in (FARM, LOGS):
            self.row(f"haproxy {other} / {MINIMAL}", ratio(figures, other, MINIMAL), "ratio")


def measure(release, rows, rounds=10, seconds=3):
    farm = Throughput(INVENTORY, release, rows)
    with farm.lab("web farm"):
        farm.play("web farm: lab up, image made if missing", "lab_up")
        farm.play("web farm: converge", "site")
        with (farm.haproxy("bench-role", role_config(PORTS[ROLE], servers())),
              farm.haproxy("bench-minimal", config(PORTS[MINIMAL], servers())),
              farm.haproxy("bench-logs", config(PORTS[LOGS], servers(), logs=True))):
            figures = farm.rounds(rounds, seconds)
        farm.judge(figures)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--os", default=os.environ.get("HALAB_OS", "debian13"))
    parser.add_argument("--output", type=Path, default=bench.ROOT / "build/bench-throughput.json")
    arguments = parser.parse_args()
    bench.refuse_where_a_lab_is_up()
    rows = []
    measure(arguments.os, rows, arguments.rounds, arguments.seconds)
    sys.exit(bench.report(rows, arguments.output))


if __name__ == "__main__":
    main()
