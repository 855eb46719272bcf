# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a lab, as role haproxy has them made on the controller."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import haproxy_examples
import yaml

ROOT = Path(__file__).resolve().parents[1]
LAB = [{"name": "shop.pem", "lab": "certificate", "subject_alt_name": ["DNS:shop.example.org", "IP:127.0.0.1"]},
       {"name": "pages.pem", "lab": "certificate", "subject_alt_name": ["DNS:pages.example.org"], "days": 30},
       {"name": "lab-ca.pem", "lab": "ca"}]
# Names a folder with all of them, on a host without Ansible.
MADE_ELSEWHERE = "HALAB_CERTIFICATES"
PLAY = [{"hosts": "all", "gather_facts": False, "tasks": [
    {"ansible.builtin.include_role": {"name": "halab.cluster.haproxy", "tasks_from": "assert", "public": True}},
    {"ansible.builtin.include_role": {"name": "halab.cluster.certificates"},
     "vars": {"certificates_folder": "{{ haproxy_lab_folder }}", "certificates_wanted": "{{ __haproxy_lab_entries }}"},
     "when": "__haproxy_lab_due.ca or __haproxy_lab_due.certificates | length > 0"}]}]


def for_examples(folder):
    """Puts what the examples of docs/haproxy.md with TLS need, and one for another name, into folder/lab."""
    if MADE_ELSEWHERE in os.environ:
        shutil.copytree(os.environ[MADE_ELSEWHERE], folder / "lab")
    else:
        make(folder, haproxy_examples.examples()["tls-lab"]["haproxy_certificates"] + LAB[1:2], "--limit=lb1")


def make(folder, certificates, *arguments):
    """Runs the role as far as the controller goes, for two balancers that nobody can reach."""
    variables = {"haproxy_lab_folder": str(folder / "lab"), "haproxy_certificates": certificates}
    hosts = {"lb1": {"ansible_host": "192.0.2.1"}, "lb2": {"ansible_host": "192.0.2.2"}}
    (folder / "play.yml").write_text(yaml.safe_dump(PLAY), encoding="utf-8")
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                       PATH="%s:%s" % (Path(sys.executable).parent, os.environ["PATH"]))
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "play.yml", *arguments], cwd=folder, env=environment,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
