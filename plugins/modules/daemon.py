#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: daemon
short_description: Keep a daemon and the files it reads
version_added: 0.1.0
description:
  - Writes the configuration files of a daemon, enables its systemd unit, and starts it or has it reload, in one step on
    the node.
  - Files are written in the order given, each after it was validated. When one is refused, by its validator or by the
    daemon that is to reload or restart, all of them are put back, so that the next run tries again.
  - Where unit files or drop-ins are among them, C(systemctl daemon-reload) follows, also when an interrupted run left
    systemd without it. That restarts nothing.
  - A run that is killed after a file was written, and before the daemon was told, leaves a note below C(/run). Then the
    next run tells it, though no file differs any more.
  - Restarts only what the caller says a reload cannot do, by O(restart) and O(files[].needs_restart); without them it
    never restarts or stops anything. The return values RV(files) and RV(was_running) tell when to ask for more.
  - An action plugin looks first, by one shell command, and runs the module only where something is to be done or in
    doubt.
author:
  - halab.cluster contributors (@halab)
requirements:
  - systemd on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
attributes:
  diff_mode:
    details:
      - Content given as O(files[].secret_content) is never shown, only that it differs.
options:
  name:
    description: The systemd unit, as systemctl(1) takes it.
    type: str
    required: true
  enabled:
    description: Whether it starts at boot. Not given, that stays as it is.
    type: bool
  start:
    description: Start it if it does not run.
    type: bool
    default: false
  files:
    description:
      - The files it reads, its unit and drop-ins of any unit among them. The directory of each must exist, except those
        of drop-ins in C(/etc/systemd).
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where it is.
        type: path
        required: true
      content:
        description: All of its text. Either this or O(files[].secret_content) is required.
        type: str
      secret_content:
        description: The same for a file that nobody may read over your shoulder.
        type: str
      owner:
        description: Its owner.
        type: str
        default: root
      group:
        description: Its group.
        type: str
        default: root
      mode:
        description: Its permissions, as an octal number in quotes.
        type: str
        default: "0644"
      validate:
        description:
          - A command that accepts the file with return code 0; V(%s) in it is replaced by a copy's path.
          - In check mode it is run only where the command is installed and no file before this one would change.
        type: list
        elements: str
        default: []
      needs_restart:
        description:
          - A command that says why a daemon that runs with the file at O(files[].path) has to be restarted for another
            one, a reason a line; nothing where a reload will do. V(%s) in it is replaced by the path of a copy of what
            the file is to hold. Its return code is 0, whatever it says.
          - It is asked only with O(restart), of a file that differs from what a running daemon has. What it says is
            shown, so it should name no secret.
          - In check mode it is run only where the command is installed, and would not be changed itself by a file
            before this one. Elsewhere check mode predicts a reload.
        type: list
        elements: str
        default: []
  reload:
    description:
      - The command that makes a running daemon read its files again. It is run when one of them changed and the daemon
        was running before.
    type: list
    elements: str
    default: []
  restart:
    description:
      - The command that restarts a running daemon, and succeeds only when it works again. It is run instead of
        O(reload) where O(files[].needs_restart) gives a reason.
      - When it fails, the files are put back, and it is run once more.
    type: list
    elements: str
    default: []
  reload_pending:
    description:
      - For a daemon whose reload is the caller's business, because all nodes must have their files before. A file below
        C(/run) that is made before the first change to the files of a running daemon. The caller removes it after the
        reload.
      - While it exists this module reports a change, so a run that was interrupted before the reload is finished by the
        next one.
    type: path
  pid_file:
    description: Tells whether the daemon runs where something else than systemd may have started it, such as Pacemaker.
    type: path
"""

EXAMPLES = r"""
- name: Configure haproxy and run it
  halab.cluster.daemon:
    name: haproxy
    enabled: true
    start: true
    files:
      - path: /etc/haproxy/haproxy.cfg
        content: "{{ lookup('ansible.builtin.template', 'haproxy.cfg.j2') }}"
        validate: [haproxy, -c, -f, "%s"]
    reload: [systemctl, reload, haproxy]

- name: The same, and restart it where a reload does not do
  halab.cluster.daemon:
    name: haproxy
    files:
      - path: /etc/haproxy/haproxy.cfg
        content: "{{ lookup('ansible.builtin.template', 'haproxy.cfg.j2') }}"
        needs_restart: [haproxy-reload, --restart-reasons, /etc/haproxy/haproxy.cfg, "%s"]
    reload: [haproxy-reload]
    restart: [haproxy-reload, --restart]

- name: Run a script every minute
  halab.cluster.daemon:
    name: look-around.timer
    enabled: true
    start: true
    files:
      - path: /etc/systemd/system/look-around.timer
        content: "{{ lookup('ansible.builtin.file', 'look-around.timer', rstrip=false) }}"
      - path: /etc/systemd/system/look-around.service
        content: "{{ lookup('ansible.builtin.file', 'look-around.service', rstrip=false) }}"

- name: Configure a web server that Pacemaker starts
  halab.cluster.daemon:
    name: nginx
    enabled: false
    files:
      - path: /etc/nginx/sites-available/default
        content: "{{ lookup('ansible.builtin.template', 'default.j2') }}"
    pid_file: /run/nginx.pid
    reload: [nginx, -s, reload]
"""

RETURN = r"""
files:
  description: The files that were written, or whose owner or permissions were changed.
  returned: success
  type: list
  elements: str
  sample: [/etc/haproxy/haproxy.cfg]
commands:
  description: What was done about the unit, in order.
  returned: success
  type: list
  elements: str
  sample: [systemctl enable haproxy, systemctl start haproxy]
restart_reasons:
  description: Why the daemon was restarted. Empty where it was not.
  returned: success
  type: list
  elements: str
  sample: ["environment: A"]
was_running:
  description: Whether the daemon ran before.
  returned: success
  type: bool
  sample: true
reload_pending:
  description: Whether a reload is due that is the caller's business. Always false without O(reload_pending).
  returned: success
  type: bool
  sample: false
"""

import os
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _daemon

LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}


class Daemon:
    """A unit and its files on this host."""

    def __init__(self, module):
        self.module = module
        self.name = module.params["name"]
        self.differing = {}  # {path: the bytes it held, or None}
        self.restart_reasons = []
        self.marker = module.params["reload_pending"]
        self.marked_before = bool(self.marker) and os.path.exists(self.marker)
        self.unit = self.look()
        self.was_running = _daemon.is_running(self.unit) or self.pid_lives()
        self.owed = _daemon.owed(self.name) if module.params["reload"] else None
        # What an interrupted run has written, and not told a daemon that still runs: bytes, or None.
        self.owed_before = read(self.owed) if self.owed and self.was_running else None
        if self.owed_before:
            self.restart_reasons += self.owed_before.decode("utf-8").splitlines()

    def run(self, argv):
        return self.module.run_command(argv, environ_update=LOCALE)

    def fail_command(self, argv, rc, out, err, advice):
        said = err.strip() or out.strip() or "nothing"
        self.module.fail_json(msg="%s failed with rc %s: %s. %s" % (" ".join(argv), rc, said, advice), rc=rc)

    def look(self):
        """The unit's state."""
        argv = _daemon.SHOW + [self.name]
        rc, out, err = self.run(argv)
        if rc:
            self.fail_command(argv, rc, out, err, "This module needs systemd.")
        return _daemon.parse_show(out)

    def pid_lives(self):
        path = self.module.params["pid_file"]
        if not path or not os.path.exists(path):
            return False
        with open(path, encoding="ascii", errors="replace") as handle:
            pid = handle.read().strip()
        return pid.isdigit() and os.path.exists("/proc/%s" % pid)

    def unit_files_unread(self):
        """Whether systemd has yet to read one of the unit files."""
        paths = [wanted["path"] for wanted in self.module.params["files"]]
        if any(_daemon.is_unit_file(path) for path in self.differing):
            return True
        units = _daemon.units_of(paths)
        if not units:
            return False
        argv = _daemon.SHOW_UNREAD + units
        rc, out, err = self.run(argv)
        if rc:
            self.fail_command(argv, rc, out, err, "This module needs systemd.")
        return "NeedDaemonReload=yes" in out.split()

    # Files

    def set_attributes(self, wanted):
        """Sets owner, group and permissions; returns a part of --diff if they differed."""
        path, part = wanted["path"], {"before": {}, "after": {}}
        if not os.path.exists(path):
            return None  # check mode: the file is yet to be written
        arguments = self.module.load_file_common_arguments(
            {name: wanted[name] for name in ("owner", "group", "mode")}, path=path)
        if self.module.set_fs_attributes_if_different(arguments, False, diff=part):
            return dict(part, before_header=path, after_header=path)
        return None

    def copy(self, text):
        """A file of this module's own that holds the text; it is gone when the module ends, or moved into place."""
        handle, path = tempfile.mkstemp(dir=self.module.tmpdir)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
        return path

    def ask(self, argv, wanted, needed):
        """What a command says about a copy of what the file is to hold; nothing where it cannot be asked.

        needed: files that have to be in place for that, which in check mode they are not while they differ.
        """
        # On a host that has nothing yet, check mode still says what the run would write.
        if not argv or (self.module.check_mode and (
                any(name in self.differing for name in needed) or shutil.which(argv[0]) is None)):
            return ""
        path = self.copy(_daemon.text_of(wanted))
        argv = [word.replace("%s", path) for word in argv]
        rc, out, err = self.run(argv)
        os.unlink(path)
        if rc:
            self.put_back()
            self.fail_command(argv, rc, out, err, "This was to become %s. No file was changed." % wanted["path"])
        return out

    def ask_for_restart(self, wanted, before):
        """Notes why a daemon that has read the file as it was cannot just reload."""
        if self.was_running and before is not None and self.module.params["restart"]:
            argv = wanted["needs_restart"]
            said = self.ask(argv, wanted, argv[:1]).splitlines()
            self.restart_reasons += [line for line in said if line and line not in self.restart_reasons]

    def keep(self, wanted):
        """Brings one file to what is wanted; returns its part of --diff, or None."""
        path, directory = wanted["path"], os.path.dirname(wanted["path"])
        before = read(path)
        if before == _daemon.text_of(wanted):
            return self.set_attributes(wanted)
        if not self.module.check_mode and _daemon.is_drop_in(path):
            os.makedirs(directory, mode=0o755, exist_ok=True)
        if not self.module.check_mode and not os.path.isdir(directory):
            self.put_back()
            self.module.fail_json(msg="There is no directory %s for %s. Install what brings it." % (directory, path))
        self.ask(wanted["validate"], wanted, list(self.differing))
        self.ask_for_restart(wanted, before)
        self.differing[path] = before
        if not self.module.check_mode:
            self.mark()
            self.write(path, _daemon.text_of(wanted))
        self.set_attributes(wanted)
        return shown(wanted, before)

    def write(self, path, text):
        # A new file is its owner's alone until its permissions are set.
        umask = os.umask(0o077)
        self.module.atomic_move(self.copy(text), path)
        os.umask(umask)

    def mark(self):
        """Before a running daemon's first file changes: whoever comes after an interruption must know."""
        if self.marker and self.was_running:
            open(self.marker, "ab").close()
        if self.owed and self.was_running:
            os.makedirs(os.path.dirname(self.owed), mode=0o755, exist_ok=True)
            with open(self.owed, "w", encoding="utf-8") as handle:
                handle.writelines("%s\n" % reason for reason in self.restart_reasons)

    def told(self):
        """The daemon has been told of all, or will read it when it starts."""
        if self.owed and os.path.exists(self.owed):
            os.unlink(self.owed)

    def reload_is_pending(self):
        """What a daemon reads when it starts needs no reload."""
        if self.marked_before and not self.was_running and not self.module.check_mode:
            os.unlink(self.marker)
        return bool(self.marker) and self.was_running and (self.marked_before or bool(self.differing))

    def put_back(self):
        """Undoes what was written so far."""
        if self.marker and not self.marked_before and os.path.exists(self.marker):
            os.unlink(self.marker)
        if self.owed and self.owed_before is None and os.path.exists(self.owed):
            os.unlink(self.owed)
        for path, text in self.differing.items() if not self.module.check_mode else ():
            if text is None:
                os.unlink(path)
            else:
                self.write(path, text)

    def start_again(self, argv, done):
        """Starts the daemon with the files that were put back; returns what became of it."""
        rc, out, err = self.run(argv)
        if rc:
            return "Its files were put back, but %s does not start with them: %s" % (
                self.name, err.strip() or out.strip() or "nothing was said")
        return "Its files were put back, and it was %s with them." % done

    def run_on(self):
        """Returns what became of a daemon that could not reload."""
        # What some call a reload ends the daemon first.
        if _daemon.is_running(self.look()) or self.pid_lives():
            return "The daemon runs on as before, and its files were put back."
        return self.start_again(["systemctl", "start", "--", self.name], "started")


def read(path):
    """The bytes of a file, or None where there is none."""
    if not os.path.exists(path):
        return None
    with open(path, "rb") as handle:
        return handle.read()


def shown(wanted, before):
    """A file's part of --diff."""
    path = wanted["path"]
    if wanted["secret_content"] is not None:
        old, new = "another secret\n", "a secret\n"
    else:
        old, new = (before or b"").decode("utf-8", errors="replace"), wanted["content"]
    return {"before_header": path, "after_header": path, "before": "" if before is None else old, "after": new}


def main():
    module = AnsibleModule(supports_check_mode=True, **_daemon.ARGUMENTS)
    daemon = Daemon(module)
    params = module.params
    paths = [wanted["path"] for wanted in params["files"]]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        module.fail_json(msg="files: %s given twice, and only one can be what is wanted." % ", ".join(twice))
    start = params["start"] and not daemon.was_running
    to_come = module.check_mode or daemon.name in _daemon.units_of(paths)
    try:
        verbs = _daemon.verbs(daemon.name, daemon.unit, params["enabled"], start, to_come)
    except _daemon.Refused as refused:
        module.fail_json(msg=str(refused))

    parts = {wanted["path"]: daemon.keep(wanted) for wanted in params["files"]}
    changed_files = [path for path, part in parts.items() if part]
    diff = [part for part in parts.values() if part]
    commands = [["systemctl", "daemon-reload"]] if daemon.unit_files_unread() else []
    commands += [["systemctl", verb, "--", daemon.name] for verb in verbs]
    if daemon.restart_reasons:
        commands.append(params["restart"])
    elif daemon.was_running and params["reload"] and (daemon.differing or daemon.owed_before is not None):
        commands.append(params["reload"])
    for argv in commands if not module.check_mode else []:
        rc, out, err = daemon.run(argv)
        if rc and argv == params["restart"]:
            daemon.put_back()
            daemon.fail_command(argv, rc, out, err, daemon.start_again(argv, "restarted"))
        if rc and argv == params["reload"]:
            daemon.put_back()
            daemon.fail_command(argv, rc, out, err, daemon.run_on())
        if rc:
            journal = daemon.run(["journalctl", "--unit", daemon.name, "--lines", "10", "--no-pager", "--output", "cat"])[1]
            daemon.fail_command(argv, rc, out, err, "Its journal ends with: %s" % (journal.strip() or "nothing"))
    if not module.check_mode:
        daemon.told()
    if commands:
        diff.append({"before_header": daemon.name, "after_header": daemon.name, "prepared": "".join(
            "%s\n" % line for line in [" ".join(argv) for argv in commands]
            + ["because of %s" % reason for reason in daemon.restart_reasons])})
    reload_pending = daemon.reload_is_pending()
    module.exit_json(
        changed=bool(changed_files or commands or reload_pending),
        files=changed_files,
        commands=[" ".join(argv) for argv in commands],
        restart_reasons=daemon.restart_reasons,
        was_running=daemon.was_running,
        reload_pending=reload_pending,
        diff=diff,
    )


if __name__ == "__main__":
    main()
