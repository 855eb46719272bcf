# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mdadm.conf with the lines that are wanted. The first one is what Debian's mkconf writes beside an array."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_read

DATA = "ARRAY /dev/md/data UUID=043e12ca:10d7fdc3:8cff8e04:19c7bd92"
OTHER = "ARRAY /dev/md/other UUID=b88abec2:5a5336b5:7bc2b8fe:2f932d59 spare-group=all"
DEBIAN = """\
# mdadm.conf
#
# !NB! Run update-initramfs -u after updating this file.

#DEVICE partitions containers

# automatically tag new arrays as belonging to the local system
HOMEHOST <system>

# instruct the monitoring daemon where to send mail alerts
MAILADDR root

# definitions of existing MD arrays
ARRAY /dev/md/data  metadata=1.2 UUID=043e12ca:10d7fdc3:8cff8e04:19c7bd92 name=node1:data

# This configuration was auto-generated on Tue, 24 Nov 2026 13:20:09 +0000 by mkconf
"""


def test_what_debian_has_written():
    wanted = {"data": DATA, "other": OTHER}, {"mailaddr": "ops@example.org", "monitordelay": 30}
    done = conf.merged(DEBIAN, *wanted)
    assert done == DEBIAN.replace("MAILADDR root", "MAILADDR ops@example.org").replace(
        "ARRAY /dev/md/data  metadata=1.2 UUID=043e12ca:10d7fdc3:8cff8e04:19c7bd92 name=node1:data", DATA
    ) + OTHER + "\nMONITORDELAY 30\n"
    assert conf.merged(done, *wanted) == done


def test_no_file():
    done = DATA + "\nPROGRAM /usr/local/sbin/told\nHOMEHOST <system>\n"
    assert conf.merged("", {"data": DATA}, {"program": "/usr/local/sbin/told", "mailfrom": None}) == done
    assert conf.merged(done, {}, {}) == done


# what it is about: (the file, the arrays, what is left of it)
FOREIGN = {
    "an array of somebody else": ("HOMEHOST x\nARRAY /dev/md/else UUID=0:0:0:1\n", {}, None),
    "one that is not named any more": (
        "HOMEHOST x\n%s\n" % OTHER,
        {"data": DATA},
        "HOMEHOST x\n%s\n%s\n" % (OTHER, DATA),
    ),
    "one that is absent": ("HOMEHOST x\n%s\n%s\n" % (DATA, OTHER), {"data": None}, "HOMEHOST x\n%s\n" % OTHER),
    "an old one of that name": (
        "HOMEHOST x\nARRAY /dev/md/data UUID=0:0:0:1\n",
        {"data": DATA},
        "HOMEHOST x\n%s\n" % DATA,
    ),
    "its name alone": ("HOMEHOST x\nARRAY data UUID=0:0:0:1\n", {"data": DATA}, "HOMEHOST x\n%s\n" % DATA),
    "the same one by its number": (
        "HOMEHOST x\nARRAY /dev/md127 uuid=043E12CA-10D7FDC3-8CFF8E04-19C7BD92\n",
        {"data": DATA},
        "HOMEHOST x\n%s\n" % DATA,
    ),
    "two lines about one array": ("HOMEHOST x\n%s\n%s\n" % (DATA, DATA), {"data": DATA}, "HOMEHOST x\n%s\n" % DATA),
    "a line that goes on": (
        "HOMEHOST x\nARRAY /dev/md127\n\tuuid=043e12ca:10d7fdc3:8cff8e04:19c7bd92\n  spares=1\nAUTO +all\n",
        {"data": DATA},
        "HOMEHOST x\n%s\nAUTO +all\n" % DATA,
    ),
    "other spacing": ("home <ignore>\n arr\t/dev/md/x\nARRAY  %s  # ours\n" % DATA[6:], {"data": DATA}, None),
    "no newline at the end": ("HOMEHOST x", {"data": DATA}, "HOMEHOST x\n%s\n" % DATA),
    "comments": ("# ARRAY /dev/md/data UUID=0\nHOMEHOST x # MAILADDR a\n", {}, None),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_foreign_lines(what):
    text, arrays, left = FOREIGN[what]
    assert conf.merged(text, arrays, {}) == (text if left is None else left)


def test_the_first_word_decides():
    text = "mail a@example.org\nMAILADDR b@example.org\nPROG /bin/x\nHOMEHOST x\n"
    done = conf.merged(text, {}, {"mailaddr": "c@example.org"})
    assert done == "MAILADDR c@example.org\nPROG /bin/x\nHOMEHOST x\n"
    assert conf.value_of(done, "program") == "/bin/x" and conf.value_of(done, "mailaddr") == "c@example.org"
    assert conf.value_of("MA x\nPROGRAM\n", "program") is None


def test_drop_ins():
    monitor = {"mdmonitor.service.d/halab.conf": "[Service]\nExecStartPre=-/usr/bin/udevadm settle --timeout=30\n"}
    assert {path: text for path, text in conf.drop_ins({}).items() if text} == monitor
    assert conf.drop_ins({"on_calendar": "Sat 02:00", "duration": None}) == dict(monitor, **{
        "mdcheck_start.timer.d/halab.conf": "[Timer]\nOnCalendar=\nOnCalendar=Sat 02:00\nRandomizedDelaySec=0\n",
        "mdcheck_start.service.d/halab.conf": None,
        "mdcheck_continue.service.d/halab.conf": None,
    })
    service = '[Service]\nEnvironment="MDADM_CHECK_DURATION=4 hours"\n'
    assert list(conf.drop_ins({"duration": "4 hours"}).values())[1:] == [None, service, service]


def test_cron_is_switched_off_and_nothing_else():
    text = "# AUTOCHECK:\nAUTOCHECK=%s\nAUTOSCAN=true\n"
    assert conf.without_cron(text % "true") == text % "false"


@pytest.mark.parametrize("level, active, redundant", [
    ("raid1", "active", True), ("raid10", "active", True), ("raid0", "active", False), ("raid5", "inactive", False)])
def test_what_is_monitored(level, active, redundant):
    text = "md127 : %s %s vda[0] vdb[1]\n      64512 blocks super 1.2\n" % (active, level)
    assert conf.is_redundant(_mdadm_read.parse_mdstat(text)) is redundant
