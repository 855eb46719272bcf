# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: keepalived.conf(5) from the variables of role keepalived. No I/O.

One rule writes everything. A key is the keyword, and its value

  true               is the keyword alone,
  false              leaves it out, or says no where keepalived takes a word for that (SWITCHES),
  text or a number   is its argument,
  a dictionary       is a block,
  a list             is the keyword once for each, or a block with a line for each (LISTS).

What stands between a keyword and its block is in HEADS; so a keyword that is not known here is written as well.
"""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_second_opinion as opinion

NAMED = ("name",)
HEADS = {
    "vrrp_script": NAMED,
    "vrrp_track_process": NAMED,
    "track_file": NAMED,
    "vrrp_sync_group": NAMED,
    "vrrp_instance": NAMED,
    "virtual_server_group": NAMED,
    "virtual_server": ("address", "port", "fwmark", "group"),
    "real_server": ("address", "port"),
    "bfd_instance": NAMED,
    "track_group": NAMED,
}
LISTS = (
    "group",
    "interface_up_down_delays",
    "interfaces",
    "linkbeat_interfaces",
    "notification_email",
    "static_ipaddress",
    "static_routes",
    "static_rules",
    "track_bfd",
    "track_file",
    "track_interface",
    "track_process",
    "track_script",
    "unicast_peer",
    "virtual_ipaddress",
    "virtual_ipaddress_excluded",
    "virtual_routes",
    "virtual_rules",
)
ROUTES = ("static_routes", "virtual_routes")
METRICS = ("metric", "preference", "priority")
# Of an IPv6 route without a metric, to the kernel. keepalived 2.3.3 (Debian 13) never takes a route away again whose
# metric it was not told.
METRIC = ["metric", "1024"]
# <BOOL> in keepalived.conf(5): what a wider block has switched on, these switch off.
SWITCHES = (
    "alpha",
    "checker_log_all_failures",
    "data_use_instance",
    "fast_recovery",
    "higher_prio_send_advert",
    "inhibit_on_failure",
    "log_all_failures",
    "lower_prio_no_advert",
    "lvs_netlink_cmd_rcv_bufs_force",
    "lvs_netlink_monitor_rcv_bufs_force",
    "notify_priority_changes",
    "omega",
    "process_monitor_rcv_bufs_force",
    "skip_check_adv_addr",
    "smtp_alert",
    "smtp_alert_checker",
    "smtp_alert_vrrp",
    "strict_mode",
    "vrrp_higher_prio_send_advert",
    "vrrp_lower_prio_no_advert",
    "vrrp_min_garp",
    "vrrp_netlink_cmd_rcv_bufs_force",
    "vrrp_netlink_monitor_rcv_bufs_force",
    "vrrp_notify_priority_changes",
    "vrrp_skip_check_adv_addr",
    "vrrp_strict",
)
# A command with its arguments is one word for keepalived.
SCRIPTS = (
    "lvs_notify_fifo_script",
    "misc_path",
    "notify",
    "notify_backup",
    "notify_deleted",
    "notify_down",
    "notify_fault",
    "notify_fifo_script",
    "notify_master",
    "notify_master_rx_lower_pri",
    "notify_stop",
    "notify_up",
    "quorum_down",
    "quorum_up",
    "script",
    "shutdown_script",
    "startup_script",
    "vrrp_notify_fifo_script",
)
# Values without their keyword.
POSITIONAL = ("name", "address", "port")
SECRETS = ("auth_pass", "password")

# A script that runs as root is run only if nobody else can write it.
GLOBAL_DEFS = {"enable_script_security": True, "script_user": "root"}
# A node that comes back gets nothing back by itself.
INSTANCE = {"state": "BACKUP", "nopreempt": True}

SCRIPT_DIRECTORY = "/etc/keepalived"

TEST = ["keepalived", "--config-test", "-f", "%s"]
# The test of keepalived 2.2.7 (Debian 12) ends itself by SIGTERM at the first script of another user than root; that of
# 2.2.8 does not (github.com/acassen/keepalived issue 2617). There, a copy without these users is tested.
TEST_AS_ROOT = r"""
command -v keepalived > /dev/null || exit 0  # check mode, before it is installed
case $(keepalived --version 2>&1) in
*v2.2.7*) ;;
*) exec keepalived --config-test -f "$1" ;;
esac
sed -E -e 's/^(\t+(script_)?user) .*/\1 root/' -e 's/^(\t+[a-z_]+ "[^"]*") [A-Za-z0-9_. -]+$/\1/' "$1" > "$1.root"
keepalived --config-test -f "$1.root"
rc=$?
rm -f "$1.root"
exit $rc
"""
USER = re.compile(r"^\t+(?:script_user|user|[a-z_]+ \"[^\"]*\") (?!root$)[A-Za-z0-9_. -]+$", re.MULTILINE)


def dicts(value):
    """The dictionaries of a list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def global_defs(variables):
    """global_defs with what the role adds."""
    given = variables.get("keepalived_global_defs")
    return {**GLOBAL_DEFS, **(given if isinstance(given, dict) else {})}


def instances(variables):
    """The instances as they are on one host: the common ones, with what its keepalived_node says of them."""
    own = variables.get("keepalived_node")
    own = own if isinstance(own, dict) else {}
    found = []
    for entry in dicts(variables.get("keepalived_instances")):
        name = entry.get("name")
        mine = own.get(name) if isinstance(name, str) else None
        merged = {**entry, **(mine if isinstance(mine, dict) else {})}
        defaults = {key: value for key, value in INSTANCE.items() if key != "nopreempt" or "preempt" not in merged}
        # In the order in which a reader expects them.
        found.append({"name": name, **defaults, **merged})
    return found


def members(host, hosts, hostvars):
    """{name: instances} of the other hosts of the group."""
    return {other: instances(hostvars[other]) for other in hosts if other != host and other in hostvars}


def peers(instance, others):
    """What the other hosts send the adverts of this instance from, in the order of the group."""
    return [
        entry["unicast_src_ip"]
        for found in others.values()
        for entry in found
        if entry["name"] == instance["name"] and "unicast_src_ip" in entry
    ]


def with_peers(instance, others):
    """unicast_peer need not be written down: the others say where they are."""
    if "unicast_src_ip" not in instance or "unicast_peer" in instance:
        return instance
    return {**instance, "unicast_peer": peers(instance, others)}


def text(keyword, value):
    """One argument."""
    value = str(value)
    if keyword in SCRIPTS and not value.startswith(("'", '"')) and set(value) & set(" #!"):
        return '"%s"' % value
    return value


def words(item):
    """One line of a LISTS block, or what stands between a keyword and its block."""
    if not isinstance(item, dict):
        return str(item)
    found = [str(item[key]) for key in POSITIONAL if key in item]
    for key, value in item.items():
        if key not in POSITIONAL and value is not False:
            found.append(key if value is True else "%s %s" % (key, value))
    return " ".join(found)


def is_ipv6(found):
    """Whether the first address among these words is one, or a network. A route of IPv4 may have a gateway of IPv6."""
    for word in found:
        try:
            return ipaddress.ip_interface(word).version == 6
        except ValueError:
            continue
    return False


def route(line):
    """A line of ROUTES, with a metric where it matters. What is after nexthop is about that alone."""
    found = line.split()
    if not is_ipv6(found) or set(found) & set(METRICS):
        return line
    at = found.index("nexthop") if "nexthop" in found else len(found)
    return " ".join(found[:at] + METRIC + found[at:])


def block(head, lines):
    return [head + " {"] + ["\t" + line for line in lines] + ["}"]


def statement(keyword, value):
    """The lines of one keyword."""
    if value is True:
        return [keyword]
    if value is False:
        return [keyword + " no"] if keyword in SWITCHES else []
    if isinstance(value, dict):
        keys = HEADS.get(keyword, ())
        head = words({key: value[key] for key in keys if key in value})
        return block(("%s %s" % (keyword, head)).strip(), body(value, keys))
    if isinstance(value, list):
        if keyword in LISTS:
            lines = [words(item) for item in value]
            return block(keyword, [route(line) for line in lines] if keyword in ROUTES else lines) if value else []
        return [line for item in value for line in statement(keyword, item)]
    return ["%s %s" % (keyword, text(keyword, value))]


def body(entry, without=()):
    """The lines of a block's inside."""
    return [line for key, value in entry.items() if key not in without for line in statement(key, value)]


def server_group(entry):
    """The one block whose lines have no keyword at all."""
    return block("virtual_server_group %s" % entry["name"], [words(item) for item in entry["addresses"]])


def keepalived_second_opinions(variables):
    """The instances that the second opinion of one host is about, as keepalived-second-opinion reads them."""
    return opinion.second_opinions(variables, instances(variables))


def keepalived_conf(variables, host, hosts, hostvars):
    """keepalived.conf of one host. hosts: the group whose hosts share the instances."""
    others = members(host, hosts, hostvars)
    watched = keepalived_second_opinions(variables)
    found = [statement("global_defs", global_defs(variables))]
    found += [statement(*pair) for pair in variables["keepalived_blocks"].items()]
    for keyword, entries in (
        ("vrrp_script", variables["keepalived_vrrp_scripts"]),
        ("vrrp_track_process", variables["keepalived_track_processes"]),
        ("track_file", variables["keepalived_track_files"] + opinion.track_files(watched)),
        ("vrrp_sync_group", variables["keepalived_sync_groups"]),
    ):
        found += [statement(keyword, entry) for entry in entries]
    found += [
        statement("vrrp_instance", opinion.with_track_file(with_peers(entry, others), watched))
        for entry in instances(variables)
    ]
    found += [server_group(entry) for entry in variables["keepalived_virtual_server_groups"]]
    found += [statement("virtual_server", entry) for entry in variables["keepalived_virtual_servers"]]
    head = ["# Written by role keepalived of halab.cluster. keepalived.conf(5)"]
    return "\n\n".join("\n".join(lines) for lines in [head] + found if lines) + "\n"


def has_secret(value):
    """Whether there is a password anywhere in it."""
    if isinstance(value, dict):
        return any(key in SECRETS or has_secret(inner) for key, inner in value.items())
    return isinstance(value, list) and any(has_secret(inner) for inner in value)


def validator(written):
    """The command that tests this text."""
    return ["sh", "-c", TEST_AS_ROOT, "sh", "%s"] if USER.search(written) else TEST


def keepalived_files(variables, host, hosts, hostvars):
    """The files as module daemon takes them: the scripts, and the configuration that names them."""
    files = [
        {"path": "%s/%s" % (SCRIPT_DIRECTORY, script["name"]), "content": script["content"], "mode": "0755"}
        for script in variables["keepalived_scripts"]
    ]
    written = keepalived_conf(variables, host, hosts, hostvars)
    secret = has_secret(instances(variables)) or has_secret(variables["keepalived_blocks"])
    return files + [
        {
            "path": "/etc/keepalived/keepalived.conf",
            "secret_content" if secret else "content": written,
            "mode": "0600",
            "validate": validator(written),
        }
    ]
