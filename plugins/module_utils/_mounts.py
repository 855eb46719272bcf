# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: mounts that a fault puts over something, and takes away."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._command import CommandHost


def mounts_of(mountinfo):
    """[(where, options of the file system)], as /proc/self/mountinfo has them."""
    found = []
    for line in mountinfo.splitlines():
        fields, dummy, source = line.partition(' - ')
        found.append((fields.split()[4], source.split()[2]))
    return found


def read_mounts():
    with open('/proc/self/mountinfo', encoding='utf-8') as stream:
        return mounts_of(stream.read())


class MountHost(CommandHost):
    def mount(self, *arguments):
        self.must(['mount', *arguments], 'Only root can mount: run this task with become.')

    def umount(self, where):
        """Lazily: whoever uses it goes on with it, and nobody else finds it any more."""
        self.must(['umount', '--lazy', where], 'It is still mounted.')
