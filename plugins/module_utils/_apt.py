# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what an update of Debian packages would do, and what asks for a reboot afterwards. No I/O."""

from __future__ import annotations

import re

STEP = re.compile(r"^(Inst|Remv|Purg) (\S+)(?: \[([^\]]*)\])?(?: \((\S+))?")
KEPT_BACK = "The following packages have been kept back:"
# A package that dpkg has begun with and not finished.
HALF = ("unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending")
QUERY = ["dpkg-query", "--show", "--showformat=${Package} ${Version} ${source:Package} ${db:Status-Status}\\n"]
KERNEL = re.compile(r"^linux-image-(\d\S*?)(?:-unsigned)?$")
# 6.1.0-28-amd64, 6.12.57+deb13-cloud-amd64
FLAVOUR = re.compile(r"^[^-]+(?:-\d+)?-(.+)$")
DELETED = " (deleted)"
# What is deleted elsewhere (shared memory, /tmp) comes from no package.
PLACES = ("/usr/", "/lib", "/bin/", "/sbin/", "/opt/")


def parse_installed(text):
    """{name: {version, source, status}} of dpkg-query with QUERY. Of two architectures, the first."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        # A package that was removed has no version.
        if len(words) == 4:
            found.setdefault(words[0], dict(zip(("version", "source", "status"), words[1:])))
    return found


def parse_simulation(text, installed):
    """{updates, new, removes, kept_back} of apt-get --simulate."""
    found = {"updates": [], "new": [], "removes": [], "kept_back": _listed_below(text, KEPT_BACK)}
    for line in text.splitlines():
        match = STEP.match(line)
        if not match:
            continue
        verb, name, old, new = match.groups()
        source = installed.get(name.split(":")[0], {}).get("source", name)
        if verb != "Inst":
            found["removes"].append({"name": name, "from": old, "source": source})
        elif old is None:
            found["new"].append({"name": name, "to": new})
        else:
            found["updates"].append({"name": name, "from": old, "to": new, "source": source})
    for steps in (found["updates"], found["new"], found["removes"]):
        steps.sort(key=lambda step: step["name"])
    return found


def _listed_below(text, headline):
    """The words of the indented lines below a headline."""
    words, inside = [], False
    for line in text.splitlines():
        inside = line.strip() == headline or (inside and line.startswith(" "))
        words += line.split() if inside and line.startswith(" ") else []
    return words


def unfinished(installed):
    return sorted(name for name, package in installed.items() if package["status"] in HALF)


def described(plan):
    """A line for each step."""
    return (["%(name)s %(from)s -> %(to)s" % step for step in plan["updates"]]
            + ["%(name)s %(to)s (new)" % step for step in plan["new"]]
            + ["%(name)s %(from)s (removed)" % step for step in plan["removes"]])


def _order(char):
    """As dpkg orders what is no digit: ~ before the end, letters before all else."""
    return -1 if char == "~" else ord(char) if char.isalpha() else ord(char) + 256


def _key(part):
    # The end of the text is a part of its own, 0: before all but ~.
    return [([*map(_order, text), 0], int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", part)]


def version_key(version):
    """A key that sorts versions as dpkg does, deb-version(7)."""
    epoch, dummy, rest = version.rpartition(":")
    upstream, dash, revision = rest.rpartition("-")
    return int(epoch or 0), _key(upstream if dash else rest), _key(revision if dash else "")


def _flavour(release):
    match = FLAVOUR.match(release)
    return match.group(1) if match else None


def kernels(packages):
    """{release: version of the package}"""
    return {match.group(1): version for name, version in packages for match in [KERNEL.match(name)] if match}


def kernel_reason(release, described_as, present):
    """Why the kernel that runs is not the one that a boot would start; none where it is, or is not Debian's.

    release, described_as: what uname says (-r, -v). present: {release: version} of those that are installed.
    """
    running = re.search(r"\bDebian (\d\S*)", described_as)
    same = [(version_key(version), version, name) for name, version in present.items()
            if _flavour(name) == _flavour(release)]
    if not running or not same:
        return []
    dummy, version, name = max(same)
    if version_key(version) <= version_key(running.group(1)):
        return []
    return ["kernel %s (%s) runs, and %s (%s) is installed" % (release, running.group(1), name, version)]


def mapped(maps):
    """{path: whether it is deleted} of the files whose code a process runs, in the content of /proc/PID/maps."""
    found = {}
    for line in maps.splitlines():
        words = line.split(None, 5)
        if len(words) == 6 and "x" in words[1] and words[5].startswith(PLACES):
            path = words[5].removesuffix(DELETED)
            found[path] = found.get(path, False) or words[5].endswith(DELETED)
    return found


def stale_reasons(processes):
    """Which processes run code that was replaced or removed. processes: [{name, exe, files}]."""
    users = {}
    for process in processes:
        for path in [path for path, deleted in process["files"].items() if deleted]:
            users.setdefault(path, set()).add(process["name"])
    return _in_use("%s is in use by %s, and was replaced", users)


def coming_reasons(processes, files):
    """Which processes would run code that this update replaces. files: those of the packages that are updated.

    A program itself does not count: its package restarts it. If it does not, stale_reasons says so afterwards.
    """
    replaced, users = {_unaliased(path) for path in files}, {}
    for process in processes:
        for path in process["files"]:
            if path != process["exe"] and _unaliased(path) in replaced:
                users.setdefault(path, set()).add(process["name"])
    return _in_use("%s is in use by %s, and is replaced", users)


def _unaliased(path):
    """/lib is /usr/lib; Debian 12's packages have files in the one, and processes in the other."""
    return path.removeprefix("/usr")


def _in_use(text, users):
    return [text % (path, _few(sorted(names))) for path, names in sorted(users.items())]


def _few(names, most=5):
    return ", ".join(names[:most]) + (" and %d more" % (len(names) - most) if len(names) > most else "")
