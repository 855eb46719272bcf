# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the modules that watch as a client begin and end.

Private to this collection.
"""

from __future__ import annotations

import asyncio
import os
import time


def refuse_below_one(module, *names):
    """For options that are numbers of something, or times."""
    for name in names:
        if module.params[name] < 1:
            module.fail_json(msg='%s: must be at least 1, not %d' % (name, module.params[name]))


def tell_ready(params, at):
    """From now on a drill may start its fault."""
    if params['ready_file']:
        with open(params['ready_file'], 'w', encoding='utf-8') as ready:
            ready.write('%s\n' % at)


async def until_the_end(params, is_ready):
    """Returns when the probe is to end: it is told to, its time is over, or it has not become ready in time."""
    end = time.monotonic() + params['max_seconds']
    first = time.monotonic() + params['ready_timeout']
    while time.monotonic() < end:
        if not is_ready() and time.monotonic() > first:
            return
        if params['stop_file'] and os.path.exists(params['stop_file']):
            await asyncio.sleep(0.5)
            return
        await asyncio.sleep(0.1)
