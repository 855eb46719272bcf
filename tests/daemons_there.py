# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit tests that need a haproxy or a keepalived, taken to a host that has both. It needs a Python, no more.

One archive and one command, since each question to a host costs a connection.
"""

from __future__ import annotations

import importlib.util
import io
import tarfile
from pathlib import Path

import certificates_lab
import topology

# What the tests import, and pytest itself: of this machine, as source.
PACKAGES = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "xdist", "execnet", "yaml",
            "jinja2", "markupsafe")
NEEDED = ("haproxy_process.needed", "keepalived_hosts.needed")
# skipif is the marker of both. Most of the time their tests wait for a daemon.
COMMAND = """
set -e
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
tar -xzf - -C "$here"
cd "$here"
export PYTHONPATH="$here/packages" PYTHONDONTWRITEBYTECODE=1 %s="$here/lab"
python3 -m pytest -q -rs -m skipif -p xdist.plugin -n 3 --dist loadfile -p no:cacheprovider --basetemp="$here/tmp" tests/unit 2>&1
"""


def files():
    """{path there: path here}"""
    def below(folder, pattern="**/*"):
        return [path for path in sorted((topology.ROOT / folder).glob(pattern)) if path.is_file()]

    def is_needed(text):
        return any(marker in text for marker in NEEDED)

    own = [topology.ROOT / "pytest.ini", topology.ROOT / "docs" / "haproxy.md", *below("tests", "*.py")]
    own += [path for path in below("tests/unit", "test_*.py") if is_needed(path.read_text(encoding="utf-8"))]
    own += below("roles/haproxy") + below("roles/haproxy_agent") + below("roles/keepalived")
    found = {str(path.relative_to(topology.ROOT)): path for path in own}
    for path in below("plugins/module_utils", "*.py"):
        found["packages/ansible_collections/halab/cluster/plugins/module_utils/" + path.name] = path
    for name in PACKAGES:
        origin = Path(importlib.util.find_spec(name).origin)
        package = origin.name == "__init__.py"
        for path in origin.parent.glob("**/*.py") if package else [origin]:
            found["packages/%s" % path.relative_to(origin.parents[1 if package else 0])] = path
    return found


def archive(folder):
    """The files, and the certificates that only the controller can make, as bytes."""
    certificates_lab.for_examples(folder)
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", compresslevel=1) as tar:
        for there, here in files().items():
            tar.add(here, there)
        tar.add(folder / "lab", "lab")
    return data.getvalue()


def run(node, folder):
    """What pytest says there. A failed test fails this one."""
    done = topology.send(node, COMMAND % certificates_lab.MADE_ELSEWHERE, archive(folder))
    said = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, said + done.stderr.decode("utf-8", "replace")
    return said
