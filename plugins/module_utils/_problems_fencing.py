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
        if attributes.get("ip", attributes.get("ipaddr")):
            # One chassis or hypervisor may serve many nodes under one address: then the plug tells them apart.
            given = attributes.get("ip", attributes.get("ipaddr"))
            place = "%s port %s" % (given, attributes.get("ipport", "of the agent"))
            plug = attributes.get("plug", attributes.get("port"))
            places.append(place if plug is None else "%s plug %s" % (place, plug))

    problems += _levels(devices)
    problems += [
        "fencing_devices: id %s is there twice; allowed is once." % value
        for value in common.repeated([device["id"] for device in devices if isinstance(device.get("id"), str)])
    ]
    problems += [
        "fencing_devices: two devices have ip %s; allowed is a device of its own for every node." % place
        for place in common.repeated(places)
    ]
    if devices or not accepted:
        covered = [device.get("target") for device in devices]
        problems += [
            "fencing_devices has no device for node %s; allowed is a list with one for every node, or an empty list "
            "with pacemaker_accept_data_loss_without_fencing: true." % name
            for name in names
            if name not in covered
        ]
    return problems
