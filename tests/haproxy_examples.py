# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/haproxy.md: as variables of role haproxy, as files, and what haproxy itself says of them."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import jinja2
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_cfg

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "tests" / "unit" / "fixtures" / "haproxy"
EXAMPLE = re.compile(r"^<!-- example: (\S+) -->\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def load(*parts):
    return yaml.safe_load(ROOT.joinpath("roles", "haproxy", *parts).read_text(encoding="utf-8"))


DEFAULTS = load("defaults", "main.yml")
VARS = load("vars", "main.yml")


def base():
    """What the role says unless told otherwise, with its few templates resolved."""
    def resolved(value):
        if isinstance(value, dict):
            return {key: resolved(element) for key, element in value.items()}
        return jinja2.Template(value).render(VARS, inventory_hostname="lb1") if isinstance(value, str) else value

    return resolved(VARS["__haproxy_base"])


def examples():
    """{name: all variables of the role}"""
    text = (ROOT / "docs" / "haproxy.md").read_text(encoding="utf-8")
    return {name: dict(DEFAULTS, **yaml.safe_load(block)) for name, block in EXAMPLE.findall(text)}


def sources(variables, pem="-----BEGIN CERTIFICATE-----\n"):
    """The texts of what an example takes from the controller: certificates, error pages, and what a lab makes."""
    def count(name):
        return sum("src" in entry for entry in variables[name])

    lab = {entry["name"]: pem for entry in variables["haproxy_certificates"] if "lab" in entry}
    lab["ca.pem"] = pem
    return [pem] * count("haproxy_certificates"), ["<h1>Sorry</h1>\n"] * count("haproxy_errorfiles"), lab


def digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def certificate(folder):
    """A certificate for nobody, with its key."""
    key, crt = folder / "key.pem", folder / "crt.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=shop.example.org", "-keyout", str(key), "-out", str(crt)],
                   check=True, capture_output=True)
    return crt.read_text(encoding="ascii") + key.read_text(encoding="ascii")


def ask(variables, folder, inside, command):
    """(return code, words) of `haproxy -W -c`. It sees the folder as inside, and that stands in for /etc/haproxy."""
    for wanted in _haproxy_cfg.haproxy_files(variables, base(), *sources(variables, certificate(folder))):
        path = folder / Path(wanted["path"]).relative_to("/etc/haproxy")
        path.parent.mkdir(exist_ok=True)
        text = wanted["content"] if "content" in wanted else wanted["secret_content"]
        path.write_text(text.replace("/etc/haproxy/", inside + "/"), encoding="utf-8", newline="")
    argv = [*command, "-W", "-c", "-f", inside + "/haproxy.cfg"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()
