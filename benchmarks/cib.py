# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a large configuration costs module pacemaker_cib, as a ratio to cibadmin, which replaces the same XML at once.

A part of run.py, on the three nodes of its lab. Module and cibadmin take turns, each with names of its own: what the
cluster has found out of one turn's resources it need not find out again. Then module pacemaker_info writes the cluster down as
variables, with which pacemaker_cib changes nothing. The resources are kept stopped. The cluster has
to ask every node for each of them all the same; starting them would take as long on both sides, and hide the tools.
"""
from __future__ import annotations

import json
import statistics
import subprocess
import time
import xml.etree.ElementTree as ET

import ansible
import bench
from ansible_collections.halab.cluster.plugins.module_utils import _cib, _cib_xml

NODE = "node1"
RESOURCES, CONSTRAINTS = 200, 300
LABEL = f"{RESOURCES} resources, {CONSTRAINTS} constraints"
# Of cibadmin's time, and seconds of the modules on the node.
LIMITS = {"first": 2, "unchanged": 3, "export": 2}
# Ansible and this collection on the node, as far as the module needs them: it is timed there, without the way to it.
FOLDER = "/var/tmp/bench-cib"
# Ansible's own beginning is for the controller; modules are sent an empty one.
UNPACK = f"mkdir -p {FOLDER}/ansible && : >{FOLDER}/ansible/__init__.py && tar --extract --directory {FOLDER}"
COLLECTION = "ansible_collections/halab/cluster/plugins"


def desired(prefix):
    """Resources that are kept stopped, and the same number of constraints of each type."""
    names = [f"{prefix}{number}" for number in range(RESOURCES)]
    resources = [{"id": name, "agent": "ocf:pacemaker:Dummy", "instance_attributes": {"fake": name},
                  "meta_attributes": {"target-role": "Stopped"},
                  "operations": [{"name": "monitor", "interval": "60s", "timeout": "20s"}]} for name in names]
    constraints = []
    for number in range(CONSTRAINTS // 3):
        # An order only ever leads on, or it would be a circle.
        first, then = names[number], names[number + RESOURCES // 2]
        constraints += [
            {"id": f"{first}-prefers", "type": "location", "rsc": first, "node": NODE, "score": "100"},
            {"id": f"{first}-with", "type": "colocation", "rsc": then, "with-rsc": first, "score": "50"},
            {"id": f"{first}-then", "type": "order", "first": first, "then": then, "kind": "Optional"}]
    return {"resources": resources, "constraints": constraints}


def configuration(cib, wanted):
    """The XML of a configuration, for cibadmin: what there is, and what is wanted beside it."""
    return ET.tostring(_cib.plan(cib, wanted)[0].find("configuration"), encoding="unicode")


def archive():
    """What a node needs to run the modules."""
    site = bench.Path(ansible.__file__).parents[1]
    return subprocess.run(
        ["tar", "--create", "--dereference", "--exclude=__pycache__",
         "-C", bench.ROOT / ".cache/collections", f"{COLLECTION}/modules/pacemaker_cib.py",
         f"{COLLECTION}/modules/pacemaker_info.py", f"{COLLECTION}/module_utils",
         "-C", site, "ansible/module_utils",
         "-C", bench.ROOT / "benchmarks", "in_module.py"], check=True, capture_output=True).stdout


def send():
    subprocess.run(["ssh", "-F", bench.LAB_DIR / "ssh_config", "-o", "BatchMode=yes", NODE,
                    UNPACK], input=archive(), check=True, timeout=120)


def module(lab, name, arguments):
    """Seconds of the module on the node, and what it returns."""
    said = lab.ssh(NODE, f"python3 {FOLDER}/in_module.py {name}", json.dumps(arguments), 900)
    result, seconds = said.strip().rsplit("\n", 1)
    return float(seconds), json.loads(result)


def configure(lab, wanted):
    return module(lab, "pacemaker_cib", dict(wanted, timeout=600))


def export(lab):
    """Seconds, and the resources and constraints of the cluster as pacemaker_cib takes them."""
    seconds, result = module(lab, "pacemaker_info", {"export": "without_secrets"})
    variables = result.get("variables", {})
    return seconds, {kind: variables.get(f"pacemaker_{kind}", []) for kind in ("resources", "constraints")}


def replace(lab, text):
    """Seconds until the cluster has done what follows from a configuration."""
    began = time.monotonic()
    lab.ssh(NODE, "cibadmin --replace --scope configuration --xml-pipe && crm_resource --wait --timeout 600", text, 900)
    return time.monotonic() - began


def measure(lab, rounds):
    """Figures of a lab whose cluster is settled; it is left as it was."""
    before = _cib_xml.parse(lab.ssh(NODE, "cibadmin --query"))
    without = configuration(before, {})
    seconds = {"floor": [], "first": [], "unchanged": [], "export": []}
    send()
    for number in range(rounds):
        print(f"{time.strftime('%H:%M:%S')}  {LABEL}, round {number + 1} of {rounds} ...", end="", flush=True)
        seconds["floor"].append(replace(lab, configuration(before, desired(f"floor{number}-"))))
        replace(lab, without)
        wanted = desired(f"plan{number}-")
        first, result = configure(lab, wanted)
        again, unchanged = configure(lab, wanted)
        told, exported = export(lab)
        kept = configure(lab, exported)[1]
        if not result.get("changed") or unchanged.get("changed") is not False or kept.get("changed") is not False:
            bench.fail(f"{LABEL}: the module says {json.dumps([result, unchanged, kept])[:3000]}")
        if len(exported["resources"]) < RESOURCES or len(exported["constraints"]) < CONSTRAINTS:
            bench.fail(f"{LABEL}: exported are {json.dumps(exported)[:3000]}")
        seconds["first"].append(first)
        seconds["unchanged"].append(again)
        seconds["export"].append(told)
        replace(lab, without)
        print(" " + ", ".join(f"{name} {taken[-1]:.1f} s" for name, taken in seconds.items()), flush=True)
    floor, first, unchanged, told = (statistics.median(taken) for taken in seconds.values())
    lab.row(f"{LABEL}: floor, applied", floor, "s")
    lab.row(f"{LABEL}: applied", first, "s")
    lab.row(f"{LABEL}: applied / floor", first / floor, "ratio", LIMITS["first"])
    lab.row(f"{LABEL}: unchanged, in the module", unchanged, "s", LIMITS["unchanged"])
    lab.row(f"{LABEL}: exported, in the module", told, "s", LIMITS["export"])
