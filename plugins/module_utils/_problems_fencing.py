# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role fencing refuses before it touches a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils._agents import extra_agents, unknown_agent

AGENT = re.compile(r"^fence_[a-z0-9_-]+$")
KEYS = ("id", "agent", "target", "level", "instance_attributes", "secret_attributes", "meta_attributes", "operations")
# Agents that reach their device without a network address of its own.
WITHOUT_ADDRESS = (
    "fence_aws",
    "fence_azure_arm",
    "fence_gce",
    "fence_kdump",
    "fence_mpath",
    "fence_sbd",
    "fence_scsi",
    "fence_virt",
    "fence_watchdog",
    "fence_xvm",
)
SECRETS = ("password", "passwd", "password_script", "passwd_script", "identity_file")
SHORTEST_PASSWORD = 8
# What ipmitool accepts for IPMI 2.0; it refuses anything longer.
LONGEST_IPMI_PASSWORD = 20
# The passwords that service processors are delivered with, and the first ones anybody tries.
VENDOR_DEFAULTS = (
    "admin",
    "adminadmin",
    "administrator",
    "advantech",
    "calvin",
    "changeme",
    "changeme1",
    "default",
    "huawei12#$",
    "letmein",
    "passw0rd",
    "password",
    "password1",
    "superuser",
    "supervisor",
    "12345678",
    "123456789",
)


def _agent_name(where, agent):
    """Whether a name can be a fence agent's at all."""
    if isinstance(agent, str) and AGENT.match(agent):
        return []
    return ["%s: agent is %r; allowed is a name such as fence_ipmilan." % (where, agent)]


def _agent(where, agent, extra):
    return _agent_name(where, agent) or unknown_agent(where, agent, "fencing_extra_agents", extra)


def _attributes(where, device, section):
    """(the dictionary, problems)"""
    attributes, problems = common.dictionary("%s: %s" % (where, section), device.get(section, {}))
    # The values of secret attributes never become part of a message.
    if section == "secret_attributes":
        return attributes, problems + [
            "%s: %s: %s is %s; allowed is text." % (where, section, key, common.kind(value))
            for key, value in attributes.items()
            if not isinstance(value, str)
        ]
    problems += common.scalars("%s: %s" % (where, section), attributes)
    # pcmk_reboot_action: "off" is text in the agent's own words.
    options = {key: value for key, value in attributes.items() if "action" not in str(key)}
    return attributes, problems + common.boolean_words("%s: %s" % (where, section), options)


def _secrets(where, device, attributes, secrets):
    problems = [
        "%s: %s stands in instance_attributes, which are shown; allowed is secret_attributes." % (where, key)
        for key in ("password", "passwd")
        if key in attributes
    ]
    username = attributes.get("username", attributes.get("login", secrets.get("username")))
    given = [key for key in SECRETS if secrets.get(key) or attributes.get(key)]
    if username is not None and not given:
        problems.append(
            "%s: username is %s and there is no secret; allowed is secret_attributes with one of %s."
            % (where, username, common.listed(SECRETS))
        )
    for key in ("password", "passwd"):
        password = secrets.get(key, attributes.get(key))
        # A number or a boolean has been named above.
        if not isinstance(password, str) or not password:
            continue
        if password.lower() in VENDOR_DEFAULTS:
            problems.append("%s: %s is one that devices are delivered with; allowed is your own." % (where, key))
        elif password == username:
            problems.append("%s: %s is the same as username; allowed is a different one." % (where, key))
        elif len(password) < SHORTEST_PASSWORD:
            problems.append(
                "%s: %s has %d characters; allowed are %d or more." % (where, key, len(password), SHORTEST_PASSWORD)
            )
        elif device.get("agent") == "fence_ipmilan" and len(password) > LONGEST_IPMI_PASSWORD:
            problems.append(
                "%s: %s has %d characters; allowed are %d at most with IPMI."
                % (where, key, len(password), LONGEST_IPMI_PASSWORD)
            )
    return problems


def _address(where, device, attributes, nodes):
    given = attributes.get("ip", attributes.get("ipaddr"))
    if given in (None, ""):
        if device.get("agent") in WITHOUT_ADDRESS:
            return []
        return ["%s: ip is missing; %s needs the address of its device." % (where, device.get("agent"))]
    found = common.address(given)
    if found is None:
        if isinstance(given, str) and common.NAME.match(given) and not re.match(r"^[0-9.]+$", given):
            return []
        return ["%s: ip is %r; allowed is an IP address or a host name." % (where, given)]
    if found.is_unspecified or found.is_loopback or found.is_multicast:
        return ["%s: ip is %s, which is no device's; allowed is the address of the fence device." % (where, found)]
    for node in nodes:
        if found in [common.address(value) for key, value in node.items() if key != "name"]:
            return [
                "%s: ip is %s, the own address of node %s, which a dead node does not answer; "
                "allowed is the address of the fence device." % (where, found, node.get("name"))
            ]
    return []


def _levels(devices):
    """With levels, the cluster tries only devices that are in one."""
    problems = []
    for device in devices:
        level = device.get("level")
        if level is not None and (isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= 9):
            problems.append(
                "fencing_devices: %s: level is %r; allowed is a whole number from 1 to 9." % (device.get("id"), level)
            )
    with_level = [device.get("target") for device in devices if device.get("level") is not None]
    return problems + [
        "fencing_devices: %s has no level, and another device of node %s has one; allowed is a level for all devices "
        "of a node, or for none." % (device.get("id"), device.get("target"))
        for device in devices
        if device.get("level") is None and device.get("target") in with_level
    ]


# Agents that take a disk away.
DISK_AGENTS = ("fence_mpath", "fence_scsi")
KEY = re.compile(r"^(0x)?[0-9a-fA-F]{1,16}$")
# Seconds: that of fence_kdump, and Pacemaker's for any device.
KDUMP_TIMEOUT = 60
STONITH_TIMEOUT = 60


def _of_reboot(where, attributes):
    action = attributes.get("pcmk_reboot_action", "off")
    if action == "off":
        return []
    return ["%s: pcmk_reboot_action is %r, and the agent can do nothing but off; allowed is off." % (where, action)]


def _kdump(where, device, attributes, devices, properties):
    """It says that a node is busy with its crash. About any other it says nothing, and somebody else has to fence it."""
    problems = _of_reboot(where, attributes)
    others = [other for other in devices if other.get("target") == device.get("target") and other is not device]
    power = [other for other in others if other.get("agent") != "fence_kdump"]
    level = device.get("level")
    if not power:
        problems.append(
            "%s: fence_kdump is the only device of node %s, and it fences no node that does not crash; allowed is one in front "
            "of a device that switches the node off." % (where, device.get("target"))
        )
    elif not _is_level(level) or any(_is_level(other.get("level")) and other["level"] <= level for other in power):
        problems.append(
            "%s: level is %s, and fence_kdump is of use only before the others; allowed is a level of its own below theirs "
            "(1, and theirs from 2 on)." % (where, level)
        )
    wait, most = _seconds(attributes.get("timeout", KDUMP_TIMEOUT)), _seconds(
        attributes.get("pcmk_reboot_timeout", properties.get("stonith-timeout", STONITH_TIMEOUT)))
    if wait is None:
        problems.append("%s: timeout is %r; allowed is a number of seconds." % (where, attributes["timeout"]))
    elif most is not None and wait >= most:
        problems.append(
            "%s: timeout is %g s and Pacemaker gives a device up after %g s (pcmk_reboot_timeout, else stonith-timeout); "
            "allowed is a shorter timeout. Every lost node that does not crash costs it." % (where, wait, most)
        )
    return problems


def _is_level(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _seconds(value):
    found = re.match(r"^(\d+)\s*(s|sec|m|min|)$", str(value)) if not isinstance(value, bool) else None
    return int(found.group(1)) * (60 if found.group(2).startswith("m") else 1) if found else None


def _disk(where, device, attributes):
    """Persistent reservations: who has no key any more, does not write any more."""
    problems = _of_reboot(where, attributes)
    paths = [path.strip() for path in str(attributes.get("devices", "")).split(",") if path.strip()]
    if not paths or not all(path.startswith("/dev/") for path in paths):
        problems.append(
            "%s: devices is %s; allowed are the shared disks, such as /dev/disk/by-id/..., with commas between: where none is "
            "named, the agent looks for clustered volume groups." % (where, ",".join(paths) or "missing")
        )
    problems += [
        "%s: devices names %s, which the kernel may name otherwise after the next boot; allowed is a name that stays, such as "
        "one in /dev/disk/by-id." % (where, path)
        for path in paths
        if re.match(r"^/dev/sd[a-z]+$", path)
    ]
    meta = device.get("meta_attributes", {})
    provides = meta.get("provides", "unfencing") if isinstance(meta, dict) else "unfencing"
    if provides != "unfencing":
        problems.append(
            "%s: meta_attributes: provides is %r, so a node that was fenced would never get its disks back; allowed is unfencing."
            % (where, provides)
        )
    key = attributes.get("key")
    if key is not None and (isinstance(key, bool) or not KEY.match(str(key)) or int(str(key), 16) == 0):
        problems.append("%s: key is %r; allowed are up to 16 hexadecimal digits, not zero, in quotes." % (where, key))
    if key is None and device.get("agent") == "fence_mpath":
        problems.append("%s: key is missing; allowed is the reservation_key that the node's multipath.conf has." % where)
    if attributes.get("key_value", "id") not in ("id", "hash"):
        problems.append("%s: key_value is %r; allowed are id and hash." % (where, attributes["key_value"]))
    if "key_value" in attributes and key is not None:
        problems.append("%s has a key and a key_value; allowed is one of them." % where)
    return problems


def _keys(devices):
    """One key for each node: by a key that two have, neither could be kept out."""
    having = [
        (int(str(device["instance_attributes"]["key"]), 16), device)
        for device in devices
        if device.get("agent") in DISK_AGENTS and isinstance(device.get("instance_attributes"), dict)
        and KEY.match(str(device["instance_attributes"].get("key", "")))
    ]
    problems = []
    for key in common.repeated([key for key, device in having]):
        nodes = sorted({str(device.get("target")) for own, device in having if own == key})
        if len(nodes) > 1:
            problems.append(
                "fencing_devices: key %x is that of %s; allowed is a key of its own for each node." % (key, " and ".join(nodes))
            )
    return problems


def _of_agent(where, device, attributes, devices, properties):
    """What holds for one agent alone."""
    if device.get("agent") == "fence_kdump":
        return _kdump(where, device, attributes, devices, properties)
    if device.get("agent") in DISK_AGENTS:
        return _disk(where, device, attributes)
    return []


def fencing_problems(variables):
    """All reasons why role fencing would not set up these devices."""
    devices, problems = common.list_of_dicts("fencing_devices", variables["fencing_devices"])
    nodes, found = common.list_of_dicts("corosync_nodes", variables["corosync_nodes"])
    problems += found
    extra, found = extra_agents("fencing_extra_agents", variables, _agent_name, "fence_mine")
    problems += found
    names = [node.get("name") for node in nodes]
    accepted = variables["pacemaker_accept_data_loss_without_fencing"] is True
    places = []
    properties = variables.get("pacemaker_properties", {})
    properties = properties if isinstance(properties, dict) else {}

    for device in devices:
        if not isinstance(device.get("id"), str) or not common.IDENTIFIER.match(device["id"]):
            problems.append(
                "fencing_devices: id is %r; allowed are letters, digits, dots, dashes and underscores, "
                "beginning with a letter." % (device.get("id"),)
            )
        where = "fencing_devices: %s" % device.get("id")
        problems += common.unknown_keys(where, device, KEYS)
        problems += _agent(where, device.get("agent"), extra)
        if device.get("target") not in names:
            problems.append(
                "%s: target is %s, which is not in the cluster; allowed are %s."
                % (where, device.get("target"), common.listed(names))
            )
        attributes, found = _attributes(where, device, "instance_attributes")
        secrets, found_in_secrets = _attributes(where, device, "secret_attributes")
        problems += found + found_in_secrets
        problems += _secrets(where, device, attributes, secrets)
        problems += _address(where, device, attributes, nodes)
        problems += _of_agent(where, device, attributes, devices, properties)
        if attributes.get("ip", attributes.get("ipaddr")):
            # One chassis or hypervisor may serve many nodes under one address: then the plug tells them apart.
            given = attributes.get("ip", attributes.get("ipaddr"))
            place = "%s port %s" % (given, attributes.get("ipport", "of the agent"))
            plug = attributes.get("plug", attributes.get("port"))
            places.append(place if plug is None else "%s plug %s" % (place, plug))

    problems += _levels(devices) + _keys(devices)
    problems += [
        "fencing_devices: id %s is there twice; allowed is once." % value
        for value in common.repeated([device["id"] for device in devices if isinstance(device.get("id"), str)])
    ]
    problems += [
        "fencing_devices: two devices have ip %s; allowed is a device of its own for every node." % place
        for place in common.repeated(places)
    ]
    # Nodes that reset themselves need no device, and one that has one all the same is switched off by that.
    if not variables.get("sbd_resets_nodes") and (devices or not accepted):
        covered = [device.get("target") for device in devices]
        problems += [
            "fencing_devices has no device for node %s; allowed is a list with one for every node, or an empty list "
            "with pacemaker_accept_data_loss_without_fencing: true, or with sbd without disks (sbd_environment: {})." % name
            for name in names
            if name not in covered
        ]
    return problems
