#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mdadm_conf
short_description: Keep mdadm.conf, and what reads it, for Linux software RAID
version_added: 0.1.0
description:
  - Keeps lines of C(/etc/mdadm/mdadm.conf), so that arrays have their names after a boot and somebody is told when a
    device fails. A line about the same array or with the same keyword is replaced where it stands, others are left
    alone.
  - Where an array with redundancy runs, C(mdmonitor.service) is started, and restarted when the file has changed. So is
    the timer that has all arrays read through once in a while, C(mdcheck_start.timer); the job that Debian 12 has for
    cron to do the same is switched off.
  - Where the host makes its own initramfs, that is updated when the file has changed. An array that runs by another
    name, because it was assembled by an initramfs without its line, gets the right one at once, and its users do not
    notice.
  - A run that was interrupted after the file was written is finished by the next one.
author:
  - halab.cluster contributors (@halab)
requirements:
  - Debian's mdadm 4.2 or later and systemd on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
attributes:
  check_mode:
    details:
      - Arrays that are yet to be made are not seen running, so the start of the monitor for the first of them is not
        predicted.
  platform:
    platforms: Debian
    support: full
options:
  arrays:
    description:
      - The C(ARRAY) line of each array, by its name; null for an array that is not to be in the file. Arrays that are
        not named keep their lines.
      - As M(halab.cluster.mdadm_array) returns it.
    type: dict
    default: {}
  monitor:
    description: Who is told, in the words of mdadm.conf(5). What is not given stays as it is.
    type: dict
    default: {}
    suboptions:
      mailaddr:
        description: One address that mail goes to. The host needs a C(/usr/sbin/sendmail) for that.
        type: str
      mailfrom:
        description: Who the mail is from.
        type: str
      program:
        description: A program that is run for each event, with the event, the array and often a device as arguments.
        type: path
      monitordelay:
        description: Seconds between two looks at the arrays.
        type: int
  check:
    description: When all arrays are read through, so that bad places are found while there is still redundancy.
    type: dict
    default: {}
    suboptions:
      on_calendar:
        description: When a check starts, as systemd.time(7) has it. Not given, as Debian has it.
        type: str
      duration:
        description:
          - How long it runs, in the words of date(1), such as V(6 hours). What it has not reached then waits for
            C(mdcheck_continue.timer). Not given, as Debian has it.
        type: str
seealso:
  - module: halab.cluster.mdadm_array
  - name: mdadm.conf(5)
    description: What the keywords mean.
    link: https://manpages.debian.org/mdadm.conf.5
"""

EXAMPLES = r"""
- name: Mirror two disks
  halab.cluster.mdadm_array:
    arrays:
      - {name: data, level: 1, devices: [/dev/vdb, /dev/vdc]}
  register: made

- name: Have it there after a boot, and tell somebody when a disk fails
  halab.cluster.mdadm_conf:
    arrays: "{{ made.conf }}"
    monitor:
      mailaddr: ops@example.org
      program: /usr/local/sbin/raid-event
    check:
      on_calendar: Sat 02:00
      duration: 4 hours
"""

RETURN = r"""
commands:
  description: What was run, in order, for those who read the files.
  returned: success
  type: list
  elements: str
  sample: [systemctl restart mdmonitor.service, update-initramfs -u]
files:
  description: The files that were written or removed.
  returned: success
  type: list
  elements: str
  sample: [/etc/mdadm/mdadm.conf]
"""

import glob
import os
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_conf, _mdadm_read
from ansible_collections.halab.cluster.plugins.module_utils._mdadm_host import Host

CONF = "/etc/mdadm/mdadm.conf"
UNITS = "/etc/systemd/system"
# What Debian 12 has for cron to check the arrays, and where that can be switched off.
CRON = "/etc/cron.d/mdadm"
DEFAULTS = "/etc/default/mdadm"
INITRAMFS = "/boot/initrd.img-*"
SENDMAIL = "/usr/sbin/sendmail"
# There as long as somebody may not know yet what was written. It survives a boot, which brings no new initramfs.
# Where udev makes links: names of arrays, and arrays by their UUIDs.
NAMES = "/dev/md"
BY_UUID = "/dev/disk/by-id/md-uuid-"
PENDING = "/var/lib/misc/mdadm-conf-pending"
SHOW = ["systemctl", "show", "--property=Id,ActiveState,UnitFileState"]
ADVICE = "The files are written; run again when it can succeed."


def read(path):
    """The text of a file, or None where there is none."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as handle:
        return handle.read()


def write(module, path, text):
    """Brings a file to what it is to hold; None removes it."""
    if text is None:
        os.unlink(path)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle, copy = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    module.atomic_move(copy, path)


def differing(module, conf, monitored):
    """{path: (before, after)} of the files that have to change."""
    wanted = {CONF: conf}
    for path, text in _mdadm_conf.drop_ins(module.params["check"]).items():
        wanted[os.path.join(UNITS, path)] = text
    if monitored and os.path.exists(CRON) and os.path.exists(DEFAULTS):
        wanted[DEFAULTS] = _mdadm_conf.without_cron(read(DEFAULTS))
    found = {path: (read(path), text) for path, text in wanted.items()}
    return {path: texts for path, texts in found.items() if texts[0] != texts[1]}


def renaming(arrays):
    """What gives running arrays the names that are wanted, where they have others."""
    links, missing = [], False
    for name, line in arrays.items():
        device = os.path.realpath(BY_UUID + line.split("UUID=")[1].split()[0]) if line else ""
        if os.path.exists(device) and os.path.realpath(os.path.join(NAMES, name)) != device:
            links += [link for link in glob.glob(NAMES + "/*") if os.path.realpath(link) == device]
            missing = True
    if not missing:
        return []
    # What has a name in /dev/md keeps it. The links are udev's, which makes them anew.
    return ([["rm", "--"] + sorted(links)] if links else []) + [
        ["mdadm", "--incremental", "--rebuild-map"],
        ["udevadm", "settle", "--timeout", "60"],
    ]


def warn(module, conf, redundant):
    """About alarms that nobody would hear."""
    mailaddr, program = _mdadm_conf.value_of(conf, "mailaddr"), _mdadm_conf.value_of(conf, "program")
    if redundant and not mailaddr and not program:
        module.warn("%s has neither MAILADDR nor PROGRAM, so mdadm monitors nothing." % CONF)
    if mailaddr and not program and not os.path.exists(SENDMAIL):
        module.warn("No mail will reach %s: this host has no %s. Install a mail server." % (mailaddr, SENDMAIL))
    if program and not os.access(program, os.X_OK):
        module.warn("%s is to be run when a device fails, and is no program on this host." % program)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            arrays=dict(type="dict", default={}),
            monitor=dict(
                type="dict",
                default={},
                options=dict(
                    mailaddr=dict(type="str"),
                    mailfrom=dict(type="str"),
                    program=dict(type="path"),
                    monitordelay=dict(type="int"),
                ),
            ),
            check=dict(type="dict", default={}, options=dict(on_calendar=dict(type="str"), duration=dict(type="str"))),
        ),
        supports_check_mode=True,
    )
    host = Host(module)
    if not os.path.isdir(os.path.dirname(CONF)) and not module.check_mode:
        module.fail_json(msg="There is no directory for %s on this host. Install mdadm." % CONF)
    conf = _mdadm_conf.merged(read(CONF) or "", module.params["arrays"], module.params["monitor"])
    redundant = _mdadm_conf.is_redundant(_mdadm_read.parse_mdstat(host.read_mdstat()))
    monitored = redundant and bool(_mdadm_conf.value_of(conf, "mailaddr") or _mdadm_conf.value_of(conf, "program"))
    warn(module, conf, redundant)

    files = differing(module, conf, monitored)
    pending = os.path.exists(PENDING)
    units = _mdadm_conf.parse_units(
        host.must(SHOW + ["--", _mdadm_conf.MONITOR_UNIT, _mdadm_conf.CHECK_TIMER], "This module needs systemd.")
    )
    todo = renaming(module.params["arrays"]) + _mdadm_conf.commands(
        units,
        monitored,
        conf_changed=pending or CONF in files,
        units_changed=pending or any(path.startswith(UNITS) for path in files),
        initramfs=shutil.which("update-initramfs") is not None and bool(glob.glob(INITRAMFS)),
    )
    calendar = module.params["check"].get("on_calendar")
    if calendar and any(path.endswith(".timer.d/halab.conf") for path in files):
        host.must(["systemd-analyze", "calendar", "--", calendar], "Nothing was changed. See systemd.time(7).")
    if not module.check_mode and (files or todo):
        open(PENDING, "ab").close()
        for path, (dummy, text) in files.items():
            write(module, path, text)
        for argv in todo:
            host.must(argv, ADVICE)
        os.unlink(PENDING)
    module.exit_json(
        changed=bool(files or todo),
        files=sorted(files),
        commands=[" ".join(argv) for argv in todo],
        diff=[
            {"before_header": path, "after_header": path, "before": before or "", "after": after or ""}
            for path, (before, after) in files.items()
        ],
    )


if __name__ == "__main__":
    main()
