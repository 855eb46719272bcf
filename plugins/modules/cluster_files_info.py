#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_files_info
short_description: Read files as they are, with owner and mode
version_added: 0.1.0
description:
  - Returns files, directories with all below them, and symbolic links, as M(halab.cluster.cluster_files) takes them.
  - Returns secrets, if there are any in the files. Set C(no_log) for that task.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  paths:
    description: Files and directories. What is not there is left out.
    type: list
    elements: path
    required: true
  only_files:
    description: Files. What is a directory there is named in RV(left_out), and not read.
    type: list
    elements: path
    default: []
  most:
    description: Bytes that a file may have. What is larger is named in RV(left_out), and so is what is no file.
    type: int
    default: 1048576
seealso:
  - module: halab.cluster.cluster_files
"""

EXAMPLES = r"""
- name: Read what makes a host a node
  halab.cluster.cluster_files_info:
    paths: [/etc/corosync, /etc/default/corosync]
  register: found
  no_log: true
"""

RETURN = r"""
files:
  description:
    - Each entry's C(path), C(kind) (V(file), V(directory) or V(link)), C(mode), C(owner) and C(group). A file has
      C(content) in base64, a link C(target). Directories come before what is in them.
  returned: success
  type: list
  elements: dict
  sample:
    - {path: /etc/corosync, kind: directory, mode: "0755", owner: root, group: root}
    - {path: /etc/corosync/authkey, kind: file, mode: "0400", owner: root, group: root, content: c2VjcmV0}
left_out:
  description: What is there and was not read, one sentence each.
  returned: success
  type: list
  elements: str
  sample: ["/var/lib/thing is a socket"]
"""

import base64
import grp
import os
import pwd
import stat

from ansible.module_utils.basic import AnsibleModule

NO_FILE = {stat.S_IFSOCK: "a socket", stat.S_IFIFO: "a pipe", stat.S_IFBLK: "a device", stat.S_IFCHR: "a device"}


def owner_of(uid):
    """The name, which is the same on another host where the number need not be; the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_of(gid):
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def entry_of(path, seen, kind, **more):
    return dict(path=path, kind=kind, mode="%04o" % stat.S_IMODE(seen.st_mode), owner=owner_of(seen.st_uid),
                group=group_of(seen.st_gid), **more)


def read(path, most, files, left_out, below=True):
    """Adds what is at a path, and below it."""
    try:
        seen = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISLNK(seen.st_mode):
        files.append(entry_of(path, seen, "link", target=os.readlink(path)))
    elif stat.S_ISDIR(seen.st_mode) and not below:
        left_out.append("%s is a directory" % path)
    elif stat.S_ISDIR(seen.st_mode):
        files.append(entry_of(path, seen, "directory"))
        for name in sorted(os.listdir(path)):
            read(os.path.join(path, name), most, files, left_out)
    elif not stat.S_ISREG(seen.st_mode):
        left_out.append("%s is %s" % (path, NO_FILE.get(stat.S_IFMT(seen.st_mode), "no file")))
    elif seen.st_size > most:
        left_out.append("%s has %d bytes, more than %d" % (path, seen.st_size, most))
    else:
        with open(path, "rb") as handle:
            content = handle.read()
        files.append(entry_of(path, seen, "file", content=base64.b64encode(content).decode()))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            paths=dict(type="list", elements="path", required=True),
            only_files=dict(type="list", elements="path", default=[]),
            most=dict(type="int", default=1048576),
        ),
        supports_check_mode=True,
    )
    files, left_out, known = [], [], set()
    asked = [(path, True) for path in module.params["paths"]] + [(path, False) for path in module.params["only_files"]]
    for path, below in [(os.path.normpath(path), below) for path, below in asked]:
        found = []
        try:
            read(path, module.params["most"], found, left_out, below)
        except OSError as error:
            module.fail_json(msg="%s cannot be read: %s." % (error.filename or path, error.strerror))
        # One that lies below another was read with that.
        files += [entry for entry in found if entry["path"] not in known]
        known.update(entry["path"] for entry in found)
    module.exit_json(changed=False, files=files, left_out=left_out)


if __name__ == "__main__":
    main()
