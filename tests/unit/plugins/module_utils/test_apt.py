# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update would do, on what apt 2.6.1 and 3.0.4 said (tests/unit/fixtures/apt), and what asks for a reboot."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _apt
from transcripts import RELEASES, Transcript

QUERY = " ".join(_apt.QUERY) + " recorded-*"
ALL = "apt-get --simulate dist-upgrade"
SOME = "apt-get --simulate install --only-upgrade -- recorded-tool"


@pytest.fixture(params=RELEASES)
def said(request):
    """(installed packages, the plan) of a state."""
    def read(state, command=ALL):
        answers = Transcript("apt", request.param, state).answers
        installed = _apt.parse_installed(answers[QUERY][1])
        return installed, _apt.parse_simulation(answers[command][1], installed)
    return read


class TestSimulation:
    def test_nothing_to_do(self, said):
        installed, plan = said("nothing")
        assert plan == {"updates": [], "new": [], "removes": [], "kept_back": []} and _apt.unfinished(installed) == []
        assert installed["recorded-corosync"] == {"version": "3.1.9-2", "source": "corosync", "status": "installed"}

    def test_updates_and_what_comes_along(self, said):
        plan = said("updates")[1]
        assert plan["updates"] == [
            {"name": "recorded-corosync", "from": "3.1.9-2", "to": "3.1.9-2+deb13u1", "source": "corosync"},
            {"name": "recorded-tool", "from": "1.0-1", "to": "1.1-1~deb13u1", "source": "recorded"}]
        assert plan["new"] == [{"name": "recorded-new", "to": "2:1.0+b1"}]
        assert _apt.described(plan) == [
            "recorded-corosync 3.1.9-2 -> 3.1.9-2+deb13u1", "recorded-tool 1.0-1 -> 1.1-1~deb13u1",
            "recorded-new 2:1.0+b1 (new)"]

    def test_only_what_was_named(self, said):
        assert [step["name"] for step in said("updates", SOME)[1]["updates"]] == ["recorded-tool"]

    def test_a_removal_is_known_by_its_source(self, said):
        for command in (ALL, SOME):
            assert said("removes", command)[1]["removes"] == [
                {"name": "recorded-pacemaker", "from": "3.0.0-1", "source": "pacemaker"}]

    def test_what_apt_keeps_back(self, said):
        plan = said("kept")[1]
        assert plan["kept_back"] == ["recorded-tool"]
        assert [step["name"] for step in plan["updates"]] == ["recorded-corosync"]

    def test_what_dpkg_was_killed_in(self, said):
        installed, plan = said("half")
        assert _apt.unfinished(installed) == ["recorded-tool"]
        assert [step["name"] for step in plan["updates"]] == ["recorded-corosync"]


# In ascending order; `dpkg --compare-versions` says the same of each pair.
VERSIONS = ["1.0~rc1", "1.0~rc1-1", "1.0", "1.0-1", "1.0-1+b1", "1.0-1+deb12u1", "1.0-1+deb12u2", "1.0-1+deb12u10", "1.0-2",
            "1.0a", "1.0+git", "1.0.1", "1.9", "1.10", "6.1.99-1", "6.1.119-1", "6.1.119-1+b1", "6.12.57-1",
            "1:0.1-1~", "1:0.1-1"]


def test_versions_are_ordered_as_dpkg_orders_them():
    assert sorted(reversed(VERSIONS), key=_apt.version_key) == VERSIONS


class TestKernel:
    RUNS = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)"

    @pytest.mark.parametrize("release, said, packages, due", [
        ("6.1.0-28-amd64", RUNS, {"linux-image-6.1.0-28-amd64": "6.1.119-1"}, None),
        ("6.1.0-28-amd64", RUNS, {"linux-image-6.1.0-28-amd64": "6.1.119-1", "linux-image-6.1.0-29-amd64": "6.1.123-1"},
         "kernel 6.1.0-28-amd64 (6.1.119-1) runs, and 6.1.0-29-amd64 (6.1.123-1) is installed"),
        # The same name, built anew.
        ("6.1.0-28-amd64", RUNS, {"linux-image-6.1.0-28-amd64": "6.1.119-2"}, "6.1.0-28-amd64 (6.1.119-2) is installed"),
        # An older one, another flavour, and the package that only points to the newest.
        ("6.1.0-28-amd64", RUNS, {"linux-image-6.1.0-27-amd64": "6.1.115-1", "linux-image-6.1.0-28-amd64": "6.1.119-1",
                                  "linux-image-6.1.0-29-cloud-amd64": "6.1.123-1", "linux-image-amd64": "6.1.123-1"}, None),
        ("6.12.57+deb13-cloud-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12.57-1 (2025-11-05)",
         {"linux-image-6.12.63+deb13-cloud-amd64-unsigned": "6.12.63-1"},
         "6.12.63+deb13-cloud-amd64 (6.12.63-1) is installed"),
        # A container has none, and one of the host's own says nothing about Debian's.
        ("6.1.0-28-amd64", RUNS, {}, None),
        ("6.6.1-own-amd64", "#1 SMP Wed Jan 1", {"linux-image-6.1.0-29-amd64": "6.1.123-1"}, None),
    ])
    def test_which_one_a_boot_would_start(self, release, said, packages, due):
        reasons = _apt.kernel_reason(release, said, _apt.kernels(packages.items()))
        assert len(reasons) == int(due is not None) and all(due in reason for reason in reasons), reasons


MAPS = """\
55d0c4a00000-55d0c4a02000 r--p 00000000 fe:01 131 /usr/sbin/cron
55d0c4a02000-55d0c4a08000 r-xp 00002000 fe:01 131 /usr/sbin/cron
7f0000000000-7f0000028000 r--p 00000000 fe:01 200 /usr/lib/x86_64-linux-gnu/libc.so.6 (deleted)
7f0000028000-7f000017d000 r-xp 00028000 fe:01 200 /usr/lib/x86_64-linux-gnu/libc.so.6 (deleted)
7f0001000000-7f0001001000 r--p 00000000 fe:01 201 /usr/lib/locale/C.utf8/LC_CTYPE (deleted)
7f0002000000-7f0002001000 rwxs 00000000 00:18 9 /dev/shm/qb-1-2-3/qb-request-cmap-header (deleted)
7f0003000000-7f0003001000 rwxp 00000000 00:01 8 /memfd:wayland (deleted)
7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0 [vdso]
7ffd00003000-7ffd00004000 rwxp 00000000 00:00 0
"""


class TestUse:
    def test_of_what_code_is_mapped(self):
        assert _apt.mapped(MAPS) == {"/usr/sbin/cron": False, "/usr/lib/x86_64-linux-gnu/libc.so.6": True}

    def test_what_was_replaced_under_a_process(self):
        cron = {"name": "cron", "exe": "/usr/sbin/cron", "files": _apt.mapped(MAPS)}
        assert _apt.stale_reasons([cron, dict(cron, name="sshd"), dict(cron, name="quiet", files={"/usr/bin/x": False})]) == [
            "/usr/lib/x86_64-linux-gnu/libc.so.6 is in use by cron, sshd, and was replaced"]

    @pytest.mark.parametrize("files", [["/usr/lib/x86_64-linux-gnu/libc.so.6"], ["/lib/x86_64-linux-gnu/libc.so.6"]])
    def test_what_would_be(self, files):
        """A package of Debian 12 may say /lib where the process says /usr/lib."""
        cron = {"name": "cron", "exe": "/usr/sbin/cron", "files": _apt.mapped(MAPS)}
        assert _apt.coming_reasons([cron], [*files, "/usr/sbin/cron"]) == [
            "/usr/lib/x86_64-linux-gnu/libc.so.6 is in use by cron, and is replaced"]
        assert _apt.coming_reasons([cron], ["/usr/sbin/cron", "/usr/share/doc"]) == []

    def test_many_are_not_all_named(self):
        users = [{"name": "p%d" % number, "exe": "", "files": {"/usr/lib/l": True}} for number in range(8)]
        assert _apt.stale_reasons(users) == ["/usr/lib/l is in use by p0, p1, p2, p3, p4 and 3 more, and was replaced"]
