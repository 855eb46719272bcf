# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule of keepalived-second-opinion, and its frames. No I/O; all times are seconds of one clock."""

from __future__ import annotations

import struct

# Seconds between two questions, at most.
TICK = 0.1
# In advert_int. One advert may be lost; after three, keepalived takes the address.
PATIENCE = 2.25
# In ticks. Three questions may be lost.
SILENCE = 3.5
# Seconds undisturbed, after which a newcomer is the one who has the address; and how often that one asks.
STANDING = 1.0
# Seconds that a keepalived which is started again may need to take away what a dead one has left.
LEFTOVER = 5.0
# Seconds between two answers, at least.
PAUSE = 0.02


class Opinion:
    """What one host makes of one instance."""

    def __init__(self, advert_int, priority, now, held):
        self.priority = priority
        self.tick = min(TICK, advert_int / 10)
        self.patience = PATIENCE * advert_int
        self.advert_at = now  # the first ones are yet to come
        self.held_since = now if held else None
        self.standing = held
        self.rival, self.rival_at = None, None
        self.asked = False
        self.asked_at = self.answered_at = now - STANDING
        self.yields = False

    def look(self, now, held):
        """The address is here, or is not. This comes before everything that has happened meanwhile."""
        if not held:
            self.held_since, self.standing = None, False
        elif self.held_since is None:
            self.held_since = now
        elif now - self.held_since >= STANDING and (self.rival_at is None or now - self.rival_at >= STANDING):
            self.standing = True

    def advert(self, now):
        self.advert_at = now

    def question(self):
        self.asked = True

    def announcement(self, now):
        """Another host tells everybody that it has the address. Where VRRP works, VRRP says which of them is right."""
        if not self.hears(now):
            self.asked, self.asked_at = True, now - STANDING

    def answer(self, now, standing, priority, mac):
        """Another host has the address, and keepalived runs there."""
        self.rival, self.rival_at = (standing, priority, mac), now

    def hears(self, now):
        return now - self.advert_at < self.patience

    def decide(self, now, mac):
        """Whether this host has to do without the address. Of two that have it, both come to the same answer."""
        if self.hears(now) or self.rival_at is None or now - self.rival_at > SILENCE * self.tick:
            self.yields = False
        elif self.held_since is None or self.rival > (self.standing, self.priority, mac):
            self.yields = True
        return self.yields

    def has_say(self, now, since):
        """Whether keepalived speaks for the address. It runs since then, or does not (None). An address that was here
        before is a dead one's, which it is about to take away: nobody else should wait for it. One that stays is its own.
        """
        if since is None:
            return False
        return self.held_since is None or since <= self.held_since or now - since >= LEFTOVER

    def asks(self, now):
        """Whether a question is due. Who has had the address for a while asks rarely."""
        pause = STANDING if self.standing and not self.yields else self.tick
        if self.hears(now) or now - self.asked_at < pause * 0.9:
            return False
        self.asked_at = now
        return True

    def answers(self, now):
        """Whether an answer is due."""
        if self.held_since is None or self.yields:
            self.asked = False
        if not self.asked or now - self.answered_at < PAUSE:
            return False
        self.asked, self.answered_at = False, now
        return True


# Ethernet: destination, source, type; ARP: hardware type, protocol type, their lengths, operation, sender MAC and IP,
# target MAC and IP. Behind it what nobody else reads: a mark, whether it is an answer, and of an answer whether its
# sender has had the address for a while, and its priority. 60 bytes are the least that Ethernet sends.
FRAME = struct.Struct("!6s6sHHHBBH6s4s6s4s4sBBB")
MARK = b"2op1"
ARP = (0x0806, 1, 0x0800, 6, 4)
EVERYBODY, NOBODY, NO_ADDRESS = b"\xff" * 6, b"\0" * 6, b"\0" * 4


def frame(mac, sender, address, is_answer, standing=False, priority=0):
    words = (EVERYBODY, mac) + ARP + (1, mac, sender, NOBODY, address, MARK, is_answer, standing, priority)
    return FRAME.pack(*words).ljust(60, b"\0")


def question(mac, address):
    """Who has the address? From 0.0.0.0, which no host remembers (RFC 5227)."""
    return frame(mac, NO_ADDRESS, address, False)


def answer(mac, address, standing, priority):
    """An announcement (RFC 5227), so that all hosts know the way again after two have spoken."""
    return frame(mac, address, address, True, standing, priority)


def hear(opinion, data, address, now):
    """Tells the opinion what a frame says."""
    if not is_about(data, address):
        return
    words = FRAME.unpack(data[: FRAME.size].ljust(FRAME.size, b"\0"))
    if words[2:7] != ARP:
        return
    mac, sender = words[8:10]
    mark, is_answer, standing, priority = words[12:]
    if mark == MARK and is_answer:
        opinion.answer(now, bool(standing), priority, mac)
    elif mark == MARK:
        opinion.question()
    elif sender == address:
        opinion.announcement(now)


def is_about(data, address):
    """Whether a frame announces the address, or is one of ours about it. Clients ask for it all the time."""
    return data[38:42] == address and (data[28:32] == address or data[42:46] == MARK)
