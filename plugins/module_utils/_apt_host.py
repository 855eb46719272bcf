# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: asks apt, dpkg and the kernel of a host, and has apt update it."""

from __future__ import annotations

import os
import shutil
import tempfile

from ansible_collections.halab.cluster.plugins.module_utils import _apt
from ansible_collections.halab.cluster.plugins.module_utils._command import LOCALE, CommandHost
from ansible_collections.halab.cluster.plugins.module_utils._files import text_of

# needrestart would restart services from inside of apt, or ask.
QUIET = dict(LOCALE, DEBIAN_FRONTEND="noninteractive", NEEDRESTART_SUSPEND="1", APT_LISTCHANGES_FRONTEND="none")
LISTS = "/var/lib/apt/lists"
REBOOT_REQUIRED = ("/run/reboot-required", "/run/reboot-required.pkgs")
# A file of the host's own that a new version would overwrite stays as it is.
KEEP_FILES = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]
# A source that cannot be read is an error: otherwise there would be nothing to update. Lists and logs of a look are its own
# (a simulation, too, is logged: /var/log/apt/eipp.log.xz).
LOOK = """\
APT::Update::Error-Mode "any";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::Lists "%s";
Dir::Log "%s";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""
ADVICE = "Look at /etc/apt/sources.list, /etc/apt/sources.list.d and at apt-get update."


class AptHost(CommandHost):
    """A host with Debian packages. Where it is only looked at, nothing on it changes."""

    def __init__(self, module, packages, look):
        super().__init__(module)
        self.packages = packages
        self.look = look
        self.config = []
        self.folder = None

    def __enter__(self):
        if self.look:
            self.folder = tempfile.mkdtemp(prefix="apt-look.")
            # apt's own user, who downloads, has to get there.
            os.chmod(self.folder, 0o755)
        return self

    def __exit__(self, *dummy):
        if self.folder:
            shutil.rmtree(self.folder)

    def run(self, argv):
        return self.module.run_command(argv, environ_update=QUIET)

    def refresh(self, wanted):
        """What the sources offer now."""
        if self.look:
            lists, config = os.path.join(self.folder, "lists"), os.path.join(self.folder, "apt.conf")
            # With a copy, it asks only for what has changed since.
            copied(LISTS, lists)
            with open(config, "w", encoding="utf-8") as handle:
                handle.write(LOOK % (lists, self.folder))
            self.config = ["--config-file", config]
        if wanted:
            self.must(["apt-get", *self.config, "-o", "APT::Update::Error-Mode=any", "update"],
                      "What could be updated is not known. " + ADVICE)

    def installed(self):
        return _apt.parse_installed(self.must(_apt.QUERY, "This module needs dpkg."))

    def verb(self):
        """All, as far as apt can; or these, if they are installed."""
        return ["install", "--only-upgrade", "--", *self.packages] if self.packages else ["dist-upgrade"]

    def plan(self, installed):
        out = self.must(["apt-get", *self.config, "--simulate", *self.verb()],
                        "Nothing was changed. These packages cannot be updated: mend what apt says (apt-get --fix-broken "
                        "install), or name others in packages.")
        return dict(_apt.parse_simulation(out, installed), unfinished=_apt.unfinished(installed),
                    absent=[name for name in self.packages if name.split(":")[0] not in installed])

    def files_of(self, names):
        return self.must(["dpkg-query", "--listfiles", *names], "").splitlines() if names else []

    def finish(self):
        """What a dpkg that was killed has left halfway."""
        self.must(["dpkg", "--force-confdef", "--force-confold", "--configure", "--pending"],
                  "A package that was begun with cannot be finished. Mend what it says, then run again.")

    def update(self, plan, timeout):
        guard = [] if plan["removes"] else ["--no-remove"]
        self.must(["apt-get", "--yes", *guard, "-o", "DPkg::Lock::Timeout=%d" % timeout, *KEEP_FILES, *self.verb()],
                  "What was updated stays updated. Mend what it says, then run again: it goes on from there.")


def copied(source, target):
    """Without what a download under way has."""
    shutil.copytree(source, target, ignore=lambda dummy, names: [name for name in names if name in ("partial", "lock")])


def link_of(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


def parents(pid):
    """A process and those that it comes from, without the first one of all."""
    found = []
    while pid not in ("", "0", "1"):
        found.append(pid)
        stat = text_of("/proc/%s/stat" % pid)
        pid = stat[stat.rfind(")") + 2:].split()[1] if stat else ""
    return found


def processes(stopped_units):
    """[{name, exe, files}] of what goes on running: no session of a user, not what is in a container, not these units."""
    own, space = parents(str(os.getpid())), link_of("/proc/self/ns/pid")
    found = []
    for pid in sorted(filter(str.isdecimal, os.listdir("/proc")), key=int):
        groups = [line.split(":", 2)[-1] for line in text_of("/proc/%s/cgroup" % pid).splitlines()]
        gone = pid in own or link_of("/proc/%s/ns/pid" % pid) != space or any(
            part == "user.slice" or part in stopped_units for group in groups for part in group.split("/"))
        files = {} if gone else _apt.mapped(text_of("/proc/%s/maps" % pid))
        if files:
            found.append({"name": text_of("/proc/%s/comm" % pid).strip(), "files": files,
                          "exe": link_of("/proc/%s/exe" % pid).removesuffix(_apt.DELETED)})
    return found


def reboot_reasons(host, installed, plan, stopped_units):
    """{now, after}: what asks for a reboot as it is, and what would ask for one after the update."""
    said, names = [text_of(path).strip() for path in REBOOT_REQUIRED]
    running, uname = processes(stopped_units), os.uname()
    present = {name: package["version"] for name, package in installed.items() if package["status"] == "installed"}
    coming = {step["name"]: step["to"] for step in plan["updates"] + plan["new"]}
    now = ["%s: %s" % (REBOOT_REQUIRED[0], " ".join((names or said).split()))] if said or names else []
    kernel = _apt.kernel_reason(uname.release, uname.version, _apt.kernels(present.items()))
    later = _apt.kernel_reason(uname.release, uname.version, _apt.kernels({**present, **coming}.items()))
    return {
        "now": now + kernel + _apt.stale_reasons(running),
        "after": [reason for reason in later if reason not in kernel]
        + _apt.coming_reasons(running, host.files_of([step["name"] for step in plan["updates"]])),
    }
