# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps connections open, and asks on each of them now and then.

Private to this collection.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from urllib.parse import urlsplit

from ansible_collections.halab.cluster.plugins.module_utils import _probe_connections, _probe_http, _probe_words
from ansible_collections.halab.cluster.plugins.module_utils._clock import Clock
from ansible_collections.halab.cluster.plugins.module_utils._probe_host import tell_ready, until_the_end


class Broken(Exception):
    """A connection has ended, and nobody had announced it."""


async def guarded(coroutine):
    """(what it returns, None), or (None, how the connection broke)."""
    try:
        return await coroutine, None
    except OSError as error:
        return None, _probe_words.kind(error)
    except asyncio.IncompleteReadError:
        return None, 'closed'
    except (asyncio.LimitOverrunError, ValueError):
        return None, 'garbled'


class Connections:
    """All of them, and what has happened to them."""

    def __init__(self, params):
        self.params = params
        self.clock = Clock()
        self.events = []
        self.numbers = itertools.count(1)
        self.answered = set()  # the places whose first answer was a good one
        self.waiting = set()  # the places with a request under way
        self.stopping = False
        url = urlsplit(params['url'])
        self.address = (url.hostname, url.port or 80)
        self.question = (
            'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: halab.cluster probe_connections\r\n\r\n'
            % ((url.path or '/') + ('?' + url.query if url.query else ''), url.hostname)
        ).encode()

    def note(self, what, connection, **more):
        self.events.append(dict(more, what=what, connection=connection, at=self.clock.now()))

    async def limited(self, coroutine):
        """As guarded, for as long as one may wait."""
        try:
            return await asyncio.wait_for(guarded(coroutine), self.params['timeout_s'])
        except asyncio.TimeoutError:
            return None, 'timeout'

    async def ask(self, place, connection, reader, writer):
        """One request. Returns whether the connection stays open; raises Broken."""
        async def talk():
            writer.write(self.question)
            return await _probe_http.read_answer(reader)

        self.waiting.add(place)
        sent = time.monotonic()
        answer, reason = await self.limited(talk())
        waited = round(time.monotonic() - sent, 3)
        self.waiting.discard(place)
        if reason:
            self.note('ended', connection, reason=reason, waited=waited)
            raise Broken
        status, node, stays = answer
        self.note('answered', connection, waited=waited, status=status, node=node)
        if status == 200 and place not in self.answered:
            self.answered.add(place)
            if self.is_ready():
                tell_ready(self.params, self.clock.now())
        if not stays:
            self.note('ended', connection, reason=_probe_connections.ANNOUNCED, waited=None)
        return stays

    async def rest(self, connection, reader):
        """Until the next request. Whatever comes meanwhile is an end: nothing was asked. Raises Broken."""
        try:
            data, reason = await asyncio.wait_for(guarded(reader.read(1)), self.params['interval_ms'] / 1000)
        except asyncio.TimeoutError:
            return
        self.note('ended', connection, reason=reason or ('garbled' if data else 'closed'), waited=None)
        raise Broken

    async def use(self, place, connection, reader, writer):
        """One connection, from its first request to its end; returns what the next one comes after."""
        try:
            while await self.ask(place, connection, reader, writer) and not self.stopping:
                await self.rest(connection, reader)
            return 'renewed'
        except Broken:
            return 'broken'
        finally:
            # Gone at once: what is still on its way on a broken one is nobody's.
            writer.transport.abort()

    async def keep(self, place):
        """One connection after the other in this place."""
        interval = self.params['interval_ms'] / 1000
        # Not all at the same moment.
        pause, after = min(interval, 1) * place / self.params['connections'], 'start'
        while not self.stopping:
            await asyncio.sleep(pause)
            pause = interval
            opened, reason = await self.limited(asyncio.open_connection(*self.address))
            connection = next(self.numbers)
            if reason:
                self.note('not_opened', connection, reason=reason)
                continue
            self.note('opened', connection, after=after)
            after = await self.use(place, connection, *opened)

    def is_ready(self):
        return len(self.answered) == self.params['connections']

    async def run(self):
        began = self.clock.now()
        places = {place: asyncio.ensure_future(self.keep(place)) for place in range(self.params['connections'])}
        ending = asyncio.ensure_future(until_the_end(self.params, self.is_ready))
        # A place that is left did so by an error, which must not pass as silence.
        done, dummy = await asyncio.wait([ending, *places.values()], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        self.stopping = True
        ended = self.clock.now()
        # Requests under way get the time that every request has: whether they broke is what was to be shown.
        waiting = [places[place] for place in self.waiting] if self.is_ready() else []
        for task in places.values():
            if task not in waiting:
                task.cancel()
        await asyncio.wait(places.values())
        for task in waiting:
            task.result()
        return began, ended


def watch(params):
    """What the module answers with."""
    connections = Connections(params)
    began, ended = asyncio.run(connections.run())
    events = connections.events
    if not connections.is_ready():
        seen = sorted({event['reason'] for event in events if event['what'] in ('not_opened', 'ended')}
                      | {'status %s' % event['status'] for event in events if event['what'] == 'answered'})
        return {'failed': True, 'msg': 'Only %d of %d connections to %s had an answer with status 200 within %g s (%s). Is '
                                       'the service up, and does this host reach it?'
                                       % (len(connections.answered), params['connections'], params['url'],
                                          params['ready_timeout'], ', '.join(seen) or 'no answer at all')}
    return _probe_connections.summary(events, params['connections'], began, ended)
