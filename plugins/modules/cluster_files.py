#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_files
short_description: Put files back as they were, with owner and mode
version_added: 0.1.0
description:
  - Writes what M(halab.cluster.cluster_files_info) has read, on the same host or on another one. Other files are left
    alone, also in the directories.
  - Everything is looked at before anything is written. A file is replaced as a whole.
  - No content is shown in a diff, only its checksum.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
options:
  files:
    description: The entries of RV(halab.cluster.cluster_files_info#module:files).
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Where it belongs. Directories above it that are missing are made, for everybody to read.
        type: path
        required: true
      kind:
        description: What it is.
        type: str
        required: true
        choices: [file, directory, link]
      mode:
        description: Its mode, as an octal number.
        type: str
        required: true
      owner:
        description: Name of its owner, or the number of one that has no name.
        type: str
        required: true
      group:
        description: Name of its group, or the number of one that has no name.
        type: str
        required: true
      content:
        description: What is in a file, in base64.
        type: str
      target:
        description: Where a link leads.
        type: str
seealso:
  - module: halab.cluster.cluster_files_info
"""

EXAMPLES = r"""
- name: Read the key on one node
  halab.cluster.cluster_files_info:
    paths: [/etc/corosync/authkey]
  register: found
  no_log: true

- name: Put it on another
  halab.cluster.cluster_files:
    files: "{{ found.files }}"
  delegate_to: node2
  no_log: true
"""

RETURN = r"""
written:
  description: The paths that were not as they are to be.
  returned: success
  type: list
  elements: str
  sample: [/etc/corosync/authkey]
"""

import base64
import binascii
import grp
import hashlib
import os
import pwd
import stat
import tempfile

from ansible.module_utils.basic import AnsibleModule


def uid_of(name):
    return int(name) if name.isdigit() else pwd.getpwnam(name).pw_uid


def gid_of(name):
    return int(name) if name.isdigit() else grp.getgrnam(name).gr_gid


def found_at(path):
    """What is there now, in the words of the option, its content as a checksum; none where there is nothing."""
    try:
        seen = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    entry = {"mode": stat.S_IMODE(seen.st_mode), "owner": seen.st_uid, "group": seen.st_gid}
    if stat.S_ISLNK(seen.st_mode):
        return dict(entry, kind="link", holds=os.readlink(path))
    if stat.S_ISDIR(seen.st_mode):
        return dict(entry, kind="directory", holds="")
    if not stat.S_ISREG(seen.st_mode):
        return dict(entry, kind="other", holds="")
    with open(path, "rb") as handle:
        return dict(entry, kind="file", holds=hashlib.sha256(handle.read()).hexdigest())


def wanted_of(entry):
    """The same of an entry. Raises KeyError for an owner or group that the host does not have."""
    holds = entry["target"] if entry["kind"] == "link" else ""
    if entry["kind"] == "file":
        holds = hashlib.sha256(base64.b64decode(entry["content"])).hexdigest()
    return {"mode": int(entry["mode"], 8), "owner": uid_of(entry["owner"]), "group": gid_of(entry["group"]),
            "kind": entry["kind"], "holds": holds}


def problem(entry, paths):
    """Why an entry cannot be written, or None."""
    path = entry["path"]
    if not os.path.isabs(path):
        return "files: path is %r; allowed is one that begins with /." % path
    for needed in [key for kind, key in (("file", "content"), ("link", "target")) if kind == entry["kind"]]:
        if entry[needed] is None:
            return "files: %s is a %s and has no %s." % (path, entry["kind"], needed)
    try:
        wanted = wanted_of(entry)
    except KeyError:
        return ("files: %s belongs to %s:%s, and one of them is unknown on this host. Install the package that makes it."
                % (path, entry["owner"], entry["group"]))
    except (ValueError, binascii.Error):
        return "files: %s has the mode %r, or a content that is no base64; allowed is what cluster_files_info returns." % (
            path, entry["mode"])
    now = found_at(path)
    if now is not None and now["kind"] != wanted["kind"]:
        return "files: %s is a %s, and %s is there. Remove that first." % (
            path, entry["kind"], {"other": "no file"}.get(now["kind"], "a " + now["kind"]))
    above = os.path.dirname(path)
    while above not in paths and not os.path.lexists(above):
        above = os.path.dirname(above)
    if above not in paths and not os.path.isdir(above):
        return "files: %s cannot be written: %s is no directory." % (path, above)
    return None


def same(now, wanted):
    # A link has no mode of its own.
    keys = ("kind", "holds", "owner", "group") + (() if wanted["kind"] == "link" else ("mode",))
    return now is not None and all(now[key] == wanted[key] for key in keys)


def line(path, state):
    return "%s: %s %04o %d:%d %s\n" % (path, state["kind"], state["mode"], state["owner"], state["group"], state["holds"])


def write(entry, wanted):
    path, above = entry["path"], os.path.dirname(entry["path"])
    os.makedirs(above, mode=0o755, exist_ok=True)
    if entry["kind"] == "directory":
        os.makedirs(path, exist_ok=True)
    else:
        # Beside the place, so that it takes it in one step, also where the temporary folder is another file system.
        folder = tempfile.mkdtemp(prefix=".cluster-files-", dir=above)
        temporary = os.path.join(folder, "new")
        try:
            if entry["kind"] == "link":
                os.symlink(entry["target"], temporary)
            else:
                with open(temporary, "wb") as handle:
                    os.chmod(temporary, 0o600)
                    handle.write(base64.b64decode(entry["content"]))
            settle(temporary, wanted)
            os.rename(temporary, path)
        finally:
            if os.path.lexists(temporary):
                os.unlink(temporary)
            os.rmdir(folder)
    settle(path, wanted)


def settle(path, wanted):
    os.lchown(path, wanted["owner"], wanted["group"])
    if wanted["kind"] != "link":
        os.chmod(path, wanted["mode"])


def main():
    module = AnsibleModule(
        argument_spec=dict(
            files=dict(type="list", elements="dict", required=True, options=dict(
                path=dict(type="path", required=True),
                kind=dict(type="str", required=True, choices=["file", "directory", "link"]),
                mode=dict(type="str", required=True),
                owner=dict(type="str", required=True),
                group=dict(type="str", required=True),
                content=dict(type="str", no_log=True),
                target=dict(type="str"),
            )),
        ),
        supports_check_mode=True,
    )
    entries = module.params["files"]
    paths = {entry["path"] for entry in entries if entry["kind"] == "directory"}
    problems = [text for text in (problem(entry, paths) for entry in entries) if text]
    if problems:
        module.fail_json(msg=" ".join(problems) + " Nothing was written.", problems=problems)
    due, sides = [], {"before": "", "after": ""}
    for entry in entries:
        now, wanted = found_at(entry["path"]), wanted_of(entry)
        if not same(now, wanted):
            due.append((entry, wanted))
            sides["before"] += line(entry["path"], now) if now else ""
            sides["after"] += line(entry["path"], wanted)
    if not module.check_mode:
        for entry, wanted in due:
            try:
                write(entry, wanted)
            except OSError as error:
                module.fail_json(msg="%s cannot be written: %s. What came before it was: %s. Mend that, and run again." % (
                    entry["path"], error.strerror,
                    ", ".join(done["path"] for done, dummy in due[:due.index((entry, wanted))]) or "nothing"))
        left = [entry["path"] for entry in entries if not same(found_at(entry["path"]), wanted_of(entry))]
        if left:
            module.fail_json(msg="Written, but not as wanted when read back: %s. Somebody else may be changing it."
                                 % ", ".join(left))
    module.exit_json(changed=bool(due), written=[entry["path"] for entry, dummy in due],
                     diff=dict(sides, before_header="files", after_header="files"))


if __name__ == "__main__":
    main()
