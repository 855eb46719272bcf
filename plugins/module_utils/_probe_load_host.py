# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs hey(1) for as long as a drill lasts.

Private to this collection.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time

from ansible_collections.halab.cluster.plugins.module_utils import _probe_load

# hey ends at once when it is told to, apart from requests under way.
GRACE_S = 10


def watch(command, params):
    """Runs hey until it is to stop, and returns what it says."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding='utf-8') as hey:
        end = time.monotonic() + params['max_seconds']
        while hey.poll() is None and time.monotonic() < end:
            if params['stop_file'] and os.path.exists(params['stop_file']):
                time.sleep(0.5)
                break
            time.sleep(0.1)
        hey.send_signal(signal.SIGINT)
        try:
            out, err = hey.communicate(timeout=GRACE_S + params['timeout'])
        except subprocess.TimeoutExpired:
            hey.kill()
            out, err = hey.communicate()
    if hey.returncode:
        return {'failed': True, 'msg': "'%s' ended with rc %d: %s" % (' '.join(command), hey.returncode, err.strip())}
    try:
        return _probe_load.summary(out)
    except ValueError as error:
        return {'failed': True, 'msg': "'%s': %s" % (' '.join(command), error)}
