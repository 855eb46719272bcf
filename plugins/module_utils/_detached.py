# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do something later, after the module has answered and even when its connection is gone.

A fault may cut the very connection it was ordered by, so the module answers first and the fault strikes after a
short delay, from a process that belongs to nobody.

A probe goes on for minutes while other tasks run: its answer goes into a file.

Private to this collection.
"""

from __future__ import annotations

import json
import os
import time
import traceback

# Of every module that answers by answer(); doc fragment probe describes them.
ANSWER_OPTIONS = {
    'result_file': {'type': 'path'},
    'stop_file': {'type': 'path'},
    'max_seconds': {'type': 'float', 'default': 900},
}
# The same for strike_later() and doc fragment fault.
STRIKE_OPTIONS = {'delay': {'type': 'float', 'default': 0.5}}


def _let_go():
    """Leave the caller's session and its pipes: Ansible waits until the last holder of these has closed them."""
    os.setsid()
    os.chdir('/')
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.closerange(3, 1024)


def run_detached(delay, action):
    """Run the function 'action' in a detached process after 'delay' seconds; return at once."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    # The child starts the process that stays and leaves, so that PID 1 adopts the one that stays.
    try:
        _let_go()
        if os.fork() == 0:
            time.sleep(delay)
            action()
    finally:
        os._exit(0)


def strike_later(module, action, **more):
    """Answer, and run the function 'action' after the option delay. In check mode only answer."""
    at = time.time() + module.params['delay']
    if not module.check_mode:
        run_detached(module.params['delay'], action)
    module.exit_json(changed=True, at=at, **more)


def _write_answer(path, watch):
    """What was seen goes into this file, which appears when it is whole."""
    try:
        seen = watch()
    except Exception:
        # Nobody else would ever hear of it: this process belongs to nobody.
        seen = {'failed': True, 'msg': traceback.format_exc()}
    part = path + '.part'
    with open(part, 'w', encoding='utf-8') as stream:
        json.dump(seen, stream)
    os.replace(part, path)


def answer(module, watch):
    """Answer with what the function 'watch' returns; if there is a result_file, at once, and what it returns goes there.

    Not Ansible's async, of which mitogen never sees the end. In the background 'watch' must not import anything of
    Ansible's, nor call the module, which may do so: Ansible removes the code when the module has answered.
    """
    path = module.params['result_file']
    if path:
        run_detached(0, lambda: _write_answer(path, watch))
        module.exit_json(changed=False, result_file=path)
    seen = watch()
    if seen.get('failed'):
        module.fail_json(**seen)
    module.exit_json(changed=False, **seen)
