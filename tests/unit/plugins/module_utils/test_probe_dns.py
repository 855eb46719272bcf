# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to a name server, and what dnsmasq answers to them."""

from __future__ import annotations

import json
import pathlib
import struct

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _probe_dns as dns

RECORDED = json.loads((pathlib.Path(__file__).parents[2] / 'fixtures' / 'dnsmasq' / 'answers.json').read_text(encoding='utf-8'))


def recorded(name):
    return bytes.fromhex(RECORDED[name])


def answer(*records, flags=0x8180, number=7, name='www.example'):
    """With records, each (name, type, content)."""
    question = dns.question(number, name, 'A')[12:]
    text = b''.join(one + struct.pack('>HHIH', kind, 1, 0, len(content)) + content for one, kind, content in records)
    return struct.pack('>6H', number, flags, 1, len(records), 0, 0) + question + text


POINTER = b'\xc0\x0c'
ADDRESS = (POINTER, 1, bytes([198, 18, 0, 200]))


def test_the_question():
    assert dns.question(7, 'www.example', 'TXT') == (
        b'\0\7\1\0\0\1\0\0\0\0\0\0' b'\3www\7example\0' b'\0\x10\0\1')


@pytest.mark.parametrize('url, expected', [
    ('dns://198.18.0.200/www.farm.example', {'host': '198.18.0.200', 'port': 53, 'name': 'www.farm.example', 'type': 'A'}),
    ('dns://[2001:db8::1]:5353/a?type=TXT', {'host': '2001:db8::1', 'port': 5353, 'name': 'a', 'type': 'TXT'}),
    ('dns://192.0.2.1/a.example?type=AAAA', {'host': '192.0.2.1', 'port': 53, 'name': 'a.example', 'type': 'AAAA'}),
])
def test_urls(url, expected):
    assert dns.parse_url(url) == expected


@pytest.mark.parametrize('url', [
    'dns://192.0.2.1', 'dns://192.0.2.1/', 'dns:///a.example', 'http://192.0.2.1/a', 'dns://192.0.2.1/a..example',
    'dns://192.0.2.1/%s.example' % (64 * 'a'), 'dns://192.0.2.1/a?type=MX', 'dns://192.0.2.1/a?class=IN',
    'dns://192.0.2.1/\u00e4.example', 'dns://192.0.2.1:99999/a', 'dns://192.0.2.1/%s' % '.'.join(['a'] * 200),
])
def test_what_is_no_url(url):
    with pytest.raises(ValueError):
        dns.parse_url(url)


@pytest.mark.parametrize('name, kind, expected', [
    ('a', 'A', (None, None)),
    ('txt', 'TXT', (None, 'web1')),
    ('aaaa_missing', 'AAAA', ('no_record', None)),
    ('refused', 'A', ('dns_refused', None)),
])
def test_what_dnsmasq_answers(name, kind, expected):
    assert dns.parse(recorded(name), 7, kind) == expected


@pytest.mark.parametrize('name', ['a', 'txt'])
def test_an_answer_that_was_cut_off(name):
    whole = recorded(name)
    kind = 'TXT' if name == 'txt' else 'A'
    for length in range(12, len(whole)):
        assert dns.parse(whole[:length], 7, kind) == ('garbled', None), length


@pytest.mark.parametrize('data, expected', [
    (answer(ADDRESS), (None, None)),
    # Through another name, whose record comes first.
    (answer((POINTER, 5, b'\1a\xc0\x10'), (b'\1a\xc0\x10', 1, bytes(4))), (None, None)),
    (answer((POINTER, 5, b'\1a\xc0\x10')), ('no_record', None)),
    (answer(flags=0x8183), ('dns_nxdomain', None)),
    (answer(flags=0x8182), ('dns_servfail', None)),
    (answer(flags=0x8189), ('dns_9', None)),
    (answer(flags=0x8380), ('truncated', None)),
    (b'', ('garbled', None)),
    (answer(ADDRESS, number=8), None),
    # A question, not an answer.
    (answer(ADDRESS, flags=0x0100), None),
])
def test_answers(data, expected):
    assert dns.parse(data, 7, 'A') == expected


@pytest.mark.parametrize('content, text', [(b'\4web1', 'web1'), (b'\4web1\3two', 'web1'), (b'\0', ''), (b'\2\xff\xfe', '\ufffd\ufffd')])
def test_texts(content, text):
    assert dns.parse(answer((POINTER, 16, content)), 7, 'TXT') == (None, text)
