# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CIB in a file, which Pacemaker's tools work on in place of a cluster (CIB_file). The I/O that it takes.

Private to this collection.
"""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils import _cib_xml

LIVE = "/var/lib/pacemaker/cib"  # where Pacemaker keeps its own, each with a digest in NAME.sig


def read(pacemaker):
    """The CIB in the file. What is none stops here, with the reason."""
    path = pacemaker.cib_file
    try:
        with open(path, "rb") as handle:
            root = _cib_xml.parse(handle.read())
    except OSError as error:
        _refuse(pacemaker, "cannot be read: %s" % error.strerror)
    except (ET.ParseError, ValueError, LookupError) as error:  # the last two: of an encoding that is not what it says
        _refuse(pacemaker, "is no CIB, and no XML: %s" % error)
    if root.tag != "cib":
        _refuse(pacemaker, "is no CIB: it holds <%s>; allowed is <cib>, as cibadmin --query writes it" % root.tag)
    rc, out, dummy = pacemaker.run(["cibadmin", "--query"], accept=range(256))
    if rc:
        _refuse(pacemaker, _why_not(pacemaker, root.get("validate-with")))
    cib = _cib_xml.parse(out)
    if cib.find("configuration") is None:
        _refuse(pacemaker, "is no CIB: it has no <configuration>")
    return cib


def read_to_write(pacemaker, create):
    """(the CIB that is planned on, whether its file has yet to be made)"""
    path = pacemaker.cib_file
    folder = os.path.dirname(path)
    if folder == os.path.realpath(LIVE) and pacemaker.runs():
        _refuse(pacemaker, "belongs to Pacemaker, which runs on this node and would not read what is written there; "
                           "allowed is no cib_file, or after systemctl stop pacemaker")
    if create and not os.path.exists(path):
        if not os.path.isdir(folder):
            _refuse(pacemaker, "cannot be made: there is no folder %s" % folder)
        return empty(pacemaker), True
    cib = read(pacemaker)
    if os.path.exists(path + ".sig"):
        _check_digest(pacemaker, folder)
    return cib, False


def empty(pacemaker):
    """What Pacemaker begins with."""
    dummy, out, dummy = pacemaker.run(["cibadmin", "--empty"])
    return _cib_xml.parse(out)


def make(pacemaker, cib):
    """The file, for cibadmin to work on. It belongs to whom its folder does: that is Pacemaker's user in LIVE."""
    path = pacemaker.cib_file
    pacemaker.module.atomic_move(pacemaker.write_temporary(cib), path)
    owner = os.stat(os.path.dirname(path))
    os.chown(path, owner.st_uid, owner.st_gid)
    os.chmod(path, 0o600)  # there may be secrets in it soon


def _check_digest(pacemaker, folder):
    path = pacemaker.cib_file
    if path != os.path.join(os.path.realpath(LIVE), "cib.xml"):
        # cibadmin keeps the digest of that one file right, and of no other.
        _refuse(pacemaker, "has its digest beside it in %s.sig, which would not be right any more; allowed is a copy "
                           "without it" % path)
    dummy, out, dummy = pacemaker.run(["cibadmin", "--md5-sum", "--xml-file", path])
    with open(path + ".sig", "r", encoding="ascii", errors="replace") as handle:
        noted = handle.read().strip()
    if noted not in out.split():
        _refuse(pacemaker, "was written by something else than Pacemaker: %s.sig says %s, cibadmin --md5-sum says %s. "
                           "Pacemaker would put it aside and begin with nothing. If it is as it should be, remove that "
                           ".sig" % (path, noted, out.split()[-1]))


def _why_not(pacemaker, schema):
    """Why cibadmin, which only says that it is not valid, does not read it."""
    newest = empty(pacemaker).get("validate-with")
    if schema is None:
        return "is no CIB: it does not say by which schema it was written; allowed is %s or older" % newest
    if _numbers(schema) is None or _numbers(schema) > _numbers(newest):
        return "was written by the schema %s, which Pacemaker on this node does not know; allowed is %s or older" % (
            schema, newest)
    argv = ["crm_verify", "--xml-file", pacemaker.cib_file, "--verbose"]
    dummy, out, err = pacemaker.run(argv, accept=range(256))
    return "is no valid CIB of schema %s. %s says: %s" % (schema, " ".join(argv), (err + out).strip())


def _numbers(schema):
    match = re.match(r"pacemaker-(\d+)\.(\d+)\Z", schema)
    return tuple(int(part) for part in match.groups()) if match else None


def _refuse(pacemaker, why):
    pacemaker.module.fail_json(msg="cib_file: %s %s. Nothing was changed." % (pacemaker.cib_file, why))
