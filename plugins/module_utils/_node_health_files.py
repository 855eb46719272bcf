# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role node_health tells systemd about services, and NUT about a UPS that only pretends. No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _node_health_words as words

PATH = "/etc/systemd/system/%s.d/50-node-health.conf"
ALERT = "OnFailure=node-health-alert@%n.service"


def unit_of(name):
    """nginx as nginx.service."""
    return name if name.endswith(".service") else name + ".service"


def written(value):
    # YAML reads no as a boolean, and only Restart has such a word.
    return "no" if value is False else value


def drop_in(service):
    """The text of one service's drop-in."""
    unit = ["%s=%s" % (key, service[key]) for key in words.UNIT_DIRECTIVES if key in service]
    if state_of(service):
        unit.append(ALERT)
    own = ["%s=%s" % (key, written(service[key])) for key in sorted(words.SERVICE_DIRECTIVES) if key in service]
    lines = ["# Written by role node_health of halab.cluster."]
    lines += (["[Unit]"] + unit if unit else []) + (["[Service]"] + own if own else [])
    return "\n".join(lines) + "\n"


def state_of(service):
    """What the node is when the service has failed for good; False for nothing."""
    return service.get("alert", "yellow")


def dummy(ups):
    """The file that driver dummy-ups reads."""
    return "".join("%s: %s\n" % pair for pair in ups["dummy"].items())


def node_health_files(services, ups=()):
    """Files as module daemon takes them, and the states for node-health-alert."""
    return {
        "dropins": [{"path": PATH % unit_of(service["name"]), "content": drop_in(service)} for service in services],
        "dummies": [
            {"path": "/etc/nut/" + entry["port"], "content": dummy(entry), "group": "nut", "mode": "0640"}
            for entry in ups
            if "dummy" in entry
        ],
        "states": {unit_of(service["name"]): state_of(service) for service in services if state_of(service)},
    }
