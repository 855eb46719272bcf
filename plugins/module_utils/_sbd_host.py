# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: asks this host about sbd and its devices."""

from __future__ import annotations

import glob
import os

from ansible_collections.halab.cluster.plugins.module_utils import _sbd_read as read
from ansible_collections.halab.cluster.plugins.module_utils._block_host import BlockHost
from ansible_collections.halab.cluster.plugins.module_utils._files import text_of

SBD = ("/usr/sbin/sbd", "/sbin/sbd")
DEFAULT = "/etc/default/sbd"
# A copy of it, made by a drop-in of the unit whenever sbd is started. Gone with a boot.
HEEDED = "/run/sbd-heeded"
SHOW = ["systemctl", "show", "--property=LoadState,ActiveState,UnitFileState,MainPID", "--", "sbd.service"]
CHUNK = 1024 * 1024
# So much is looked at on both ends of a device: all of one that is as small as those for sbd are.
ENDS = 64 * CHUNK


class SbdHost(BlockHost):
    """sbd on this host."""

    def is_installed(self):
        return any(os.access(path, os.X_OK) for path in SBD)

    def unit(self):
        """{enabled, running, pid}"""
        said = dict(line.split("=", 1) for line in self.must(SHOW, "This module needs systemd.").splitlines() if "=" in line)
        return {
            "enabled": said.get("UnitFileState") == "enabled",
            "running": said.get("ActiveState") in ("active", "reloading"),
            "pid": int(said.get("MainPID") or 0),
        }

    def header(self, device):
        """(the header or None, why nobody can say)"""
        argv = ["sbd", "-d", device, "dump"]
        rc, out, err = self.run(argv)
        if rc == 0:
            header = read.parse_dump(out)
            return header, None if header else "%s says nothing about a header" % " ".join(argv)
        if "NOT dumped" in err and "unreadable" not in err:
            return None, None
        return None, "%s failed with rc %s: %s" % (" ".join(argv), rc, " ".join(err.split()))

    def slots(self, device):
        return read.parse_list(self.must(["sbd", "-d", device, "list"], "See journalctl -t sbd."))

    def look(self, path):
        """A device as sbd_info describes it."""
        found = {"device": path, "present": os.path.exists(path), "initialized": False, "error": None}
        if not found["present"] or not self.is_installed():
            return found
        header, found["error"] = self.header(path)
        if header is None:
            return found
        # It may be lost, or made anew, between two questions.
        return dict(found, initialized=True, header=header, messages=self.slots(path))

    def has_magic(self, device):
        """Whether a device has been initialised, on a host that has no sbd yet."""
        with open(device, "rb") as stream:
            return stream.read(len(read.MAGIC)) == read.MAGIC

    def data(self, device):
        """Where the first byte is that is not zero, near either end of a device; None where there is none."""
        with open(device, "rb", buffering=0) as stream:
            size = stream.seek(0, os.SEEK_END)
            # Another host may have written there since this one has read it.
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            for begin, end in ((0, min(size, ENDS)), (max(min(size, ENDS), size - ENDS), size)):
                found = first_byte(stream, begin, end)
                if found is not None:
                    return found
        return None

    def sector_size(self, device):
        path = "/sys/class/block/%s/queue/logical_block_size" % os.path.basename(device)
        text = text_of(path).strip()
        return int(text) if text.isdecimal() else None


def first_byte(stream, begin, end):
    stream.seek(begin)
    while begin < end:
        chunk = stream.read(min(CHUNK, end - begin))
        if not chunk:
            return None
        rest = chunk.lstrip(b"\0")
        if rest:
            return begin + len(chunk) - len(rest)
        begin += len(chunk)
    return None


def settings(path):
    """{variable: value} of a file of sbd's; None where there is no file."""
    return read.parse_default(text_of(path)) if os.path.exists(path) else None


def titles():
    """What the processes of sbd call themselves."""
    found = []
    for path in sorted(glob.glob("/proc/[0-9]*/comm")):
        if text_of(path).strip() == "sbd":
            found.append(text_of(os.path.join(os.path.dirname(path), "cmdline")).replace("\0", "\n").strip())
    return found
