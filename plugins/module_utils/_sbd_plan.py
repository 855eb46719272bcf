# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: which devices sbd has to initialise, or why it will not. No I/O.

What is there comes as a dict, by kernel path (/dev/vda):
  blocks   all block devices, as _block_devices.parse_block_devices gives them
  headers  what _sbd_read.parse_dump says of the devices in question
  signatures, held     as for _block_devices
  data     the first byte that is not zero on each of them, None where none was found
  sector_size, running (whether sbd runs on this host)
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _block_devices
from ansible_collections.halab.cluster.plugins.module_utils._sbd_words import TIMEOUTS

# What sbd(8) asks for, by the size of a sector.
ROOM = {512: 1024 * 1024}
MOST_ROOM = 4 * 1024 * 1024
HOW_TO_WIPE = "If nobody needs that any more: wipefs --all %s; dd if=/dev/zero of=%s bs=1M oflag=direct."


def room(sector_size):
    return ROOM.get(sector_size, MOST_ROOM)


def create(device, timeouts):
    """The command that initialises a device."""
    options = [word for name, option in TIMEOUTS.items() for word in (option, str(timeouts[name]))]
    return ["sbd", *options, "-d", device, "create"]


def plan(wanted, host):
    """(commands by device, problems). wanted: {path: its kernel path}, timeouts, reinitialize."""
    commands, problems = {}, []
    for path, device in wanted["devices"].items():
        header = host["headers"].get(device)
        if device not in host["blocks"]:
            problems.append("%s is no block device of this host." % path)
        elif header is None:
            found = empty_problems(path, device, host)
            problems += found
            if not found:
                commands[path] = create(path, wanted["timeouts"])
        elif header["timeouts"] != wanted["timeouts"]:
            found = other_problems(path, header, wanted, host)
            problems += found
            if not found:
                commands[path] = create(path, wanted["timeouts"])
    real = list(wanted["devices"].values())
    problems += ["%s is there twice; allowed are devices that do not fail together." % device
                 for device in sorted({device for device in real if real.count(device) > 1})]
    return commands, problems


def empty_problems(path, device, host):
    """What speaks against writing on a device that is not sbd's."""
    use = _block_devices.use(device, host["blocks"], host["held"])
    if use:
        return ["%s: %s Allowed is a device that nobody uses." % (path, use)]
    signatures = host["signatures"].get(device)
    if signatures:
        return ["%s holds %s; allowed is a device that holds nothing. %s" % (
            path, _block_devices.described(signatures), HOW_TO_WIPE % (path, path))]
    if host["data"].get(device) is not None:
        return ["%s holds data (at byte %d); allowed is a device that holds nothing. %s" % (
            path, host["data"][device], HOW_TO_WIPE % (path, path))]
    size, least = host["blocks"][device]["size"], room(host["sector_size"].get(device))
    if size < least:
        return ["%s has %d bytes; allowed are %d or more." % (path, size, least)]
    return []


def other_problems(path, header, wanted, host):
    """What speaks against initialising a device of sbd's anew. Whoever reads it now would be lost."""
    differ = ", ".join("%s is %s and %d is wanted" % (name, header["timeouts"].get(name, "missing"), value)
                       for name, value in wanted["timeouts"].items() if header["timeouts"].get(name) != value)
    if path not in wanted["reinitialize"]:
        return ["%s is initialised for sbd: %s. Only a new header changes that, and it takes all messages away: stop the "
                "cluster on all nodes (pcs cluster stop --all), and name the device in reinitialize." % (path, differ)]
    if host["running"]:
        return ["%s: %s, and sbd runs on this host, which would lose its slot; allowed is to initialise a device anew when "
                "sbd runs nowhere (pcs cluster stop --all)." % (path, differ)]
    return []
