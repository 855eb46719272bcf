#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bond
short_description: Configure bonds, with VLANs and bridges on them, and take back what cuts the controller off
version_added: 0.1.0
description:
  - Writes bonds, VLANs and bridges as files of ifupdown, systemd-networkd or NetworkManager, whichever runs the host,
    and applies them.
  - The host applies the change without its controller, two seconds after it has answered, with a timer running. The
    controller then has to come back through a new connection and confirm. When it does not within
    O(rollback_timeout) seconds, the host puts the files and the devices back as they were; also when a command of the
    change fails, when a device does not come to be as wanted, and when the host boots in between.
  - A device whose definition or members change is made anew, with everything that stands on it. Its addresses are gone
    for a moment. RV(recreated) names these devices, in check mode too. What only concerns addresses is changed in place
    by systemd-networkd.
  - Files of others are kept. Other configuration of a member is overruled; with ifupdown, where that is impossible, the
    stanzas of members, and of devices of these names, are turned into comments.
author:
  - halab.cluster contributors (@halab)
requirements:
  - systemd on the host
  - for ifupdown, the packages C(ifenslave) and, with bridges, C(bridge-utils)
  - for NetworkManager, that C(ifenslave) is not installed, whose script takes members out of its bonds
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
options:
  bonds:
    description:
      - The bonds. Each has a C(name), a C(mode) and a list of C(members), network cards that exist.
      - >-
        Options by the bonding driver's own names: C(miimon), C(updelay), C(downdelay), C(arp_interval),
        C(arp_ip_target) (a list), C(arp_validate), C(arp_all_targets), C(primary), C(primary_reselect),
        C(fail_over_mac), C(num_grat_arp), C(resend_igmp), C(xmit_hash_policy), C(lacp_rate), C(ad_select),
        C(min_links), C(packets_per_slave), C(tlb_dynamic_lb), C(lp_interval), C(all_slaves_active).
      - >-
        Besides C(mtu), C(addresses) (a list, with prefixes), C(gateway4) and C(gateway6), which VLANs and bridges have
        too.
    type: list
    elements: dict
    default: []
  vlans:
    description: VLANs, each with a C(name), the C(link) it is on and its C(id).
    type: list
    elements: dict
    default: []
  bridges:
    description:
      - Bridges, each with a C(name) and its C(ports), which are bonds or VLANs. C(stp) is V(false) unless given;
        C(forward_delay) is in seconds.
    type: list
    elements: dict
    default: []
  backend:
    description:
      - What configures the host's network. V(auto) is NetworkManager where it runs, systemd-networkd where that runs,
        else ifupdown. It fails where both of the former run.
    type: str
    choices: [auto, ifupdown, networkd, networkmanager]
    default: auto
  rollback_timeout:
    description:
      - Seconds after which the host takes back a change that the controller did not confirm. Long enough for the bond
        to have found its partner, the switch to forward (30 s with classic STP) and SSH to be tried again.
      - From 10 to 3600; or V(0) for no time limit, which is refused when the connection of this very task is concerned.
    type: int
    default: 60
  purge:
    description:
      - Remove bonds, VLANs and bridges that this module once made and that are no longer named. Without it they stay;
        what stands on a device that changes has to be named, though.
    type: bool
    default: false
notes:
  - The time limit starts when the change is ordered, and is kept by a timer of systemd, C(bonding-undo.timer).
  - A change that waits for its confirmation is in C(/var/lib/halab-bonding), with a log of what the host did.
seealso:
  - module: halab.cluster.bond_info
  - module: halab.cluster.bond_confirm
  - name: Linux Ethernet Bonding Driver HOWTO
    description: What the options mean.
    link: https://docs.kernel.org/networking/bonding.html
"""

EXAMPLES = r"""
- name: Two cards as one, with a VLAN for storage
  halab.cluster.bond:
    bonds:
      - name: bond0
        mode: active-backup
        members: [eth0, eth1]
        miimon: 100
        primary: eth0
        addresses: [192.0.2.11/24]
        gateway4: 192.0.2.1
    vlans:
      - {name: bond0.20, link: bond0, id: 20, addresses: [198.51.100.11/24]}

- name: LACP with a switch that is slow to forward
  halab.cluster.bond:
    bonds:
      - name: bond1
        mode: 802.3ad
        members: [eth2, eth3]
        miimon: 100
        lacp_rate: fast
        xmit_hash_policy: layer3+4
    rollback_timeout: 120
"""

RETURN = r"""
backend:
  description: What configures the host's network.
  returned: success
  type: str
  sample: networkd
files:
  description: The files that were written or removed.
  returned: success
  type: list
  elements: str
  sample: [/etc/systemd/network/05-bonding-bond0.netdev]
devices:
  description: The devices that this concerns.
  returned: success
  type: list
  elements: str
  sample: [bond0, bond0.20]
recreated:
  description: Devices that existed and were removed, most of them to be made anew.
  returned: success
  type: list
  elements: str
  sample: []
reasons:
  description: What differed on the host from what its files already said.
  returned: success
  type: list
  elements: str
  sample: [bond0 does not exist]
pending:
  description: Whether the change waits for its confirmation. Never true where the module's action plugin has run.
  returned: success
  type: bool
  sample: false
"""

import json
import os
import shutil

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _bond_host
from ansible_collections.halab.cluster.plugins.module_utils import _bond_ifupdown as ifupdown
from ansible_collections.halab.cluster.plugins.module_utils import _bond_networkd as networkd
from ansible_collections.halab.cluster.plugins.module_utils import _bond_networkmanager as networkmanager
from ansible_collections.halab.cluster.plugins.module_utils import _bond_switch as switch
from ansible_collections.halab.cluster.plugins.module_utils._bond_layout import owner, stack
from ansible_collections.halab.cluster.plugins.module_utils._problems_bonding import bonding_problems

WRITERS = {"ifupdown": ifupdown, "networkd": networkd, "networkmanager": networkmanager}
PLACES = {
    "ifupdown": ifupdown.INTERFACES + ".d/*",
    "networkd": "/etc/systemd/network/*",
    "networkmanager": "/etc/NetworkManager/system-connections/*",
}
TOOLS = {"ifupdown": "ifup", "networkd": "networkctl", "networkmanager": "nmcli"}
SERVICES = {"networkmanager": "NetworkManager.service", "networkd": "systemd-networkd.service"}
# What Debian's NetworkManager runs whenever a card's connection ends (its dispatcher's script 01-ifupdown).
IFENSLAVE = "/etc/network/if-post-down.d/ifenslave"
# Seconds between the answer to the controller and the change.
DELAY = 2


class Change:
    """From parameters to a plan for this host."""

    def __init__(self, module):
        self.module = module
        self.host = _bond_host.Host(module)
        self.params = module.params
        self.lists = {name: self.params[name] for name in ("bonds", "vlans", "bridges")}
        self.refuse(bonding_problems({
            "bonding_bonds": self.params["bonds"], "bonding_vlans": self.params["vlans"],
            "bonding_bridges": self.params["bridges"], "bonding_backend": self.params["backend"],
            "bonding_rollback_timeout": self.params["rollback_timeout"], "bonding_purge": self.params["purge"]}))
        self.stack = stack(**self.lists)
        self.backend = self.find_backend()
        self.existing = self.host.existing()
        self.check_cards()

    def refuse(self, problems):
        if problems:
            self.module.fail_json(msg="Nothing was changed. " + " ".join(problems))

    def find_backend(self):
        backend = self.params["backend"]
        if backend == "auto":
            running = [name for name, unit in SERVICES.items()
                       if self.host.run("systemctl", "is-active", unit, allowed=(0, 3, 4))[0] == 0]
            if len(running) > 1:
                self.refuse(["Both NetworkManager and systemd-networkd run on this host; say which one configures "
                             "these cards, with backend."])
            backend = running[0] if running else "ifupdown"
        # On a host that has nothing yet, check mode still says what the run would do.
        if shutil.which(TOOLS[backend]) is None and not self.module.check_mode:
            self.refuse(["The backend is %s and there is no %s on this host." % (backend, TOOLS[backend])])
        if backend == "ifupdown":
            self.check_ifupdown()
        elif backend == "networkmanager" and os.path.exists(_bond_host.at(IFENSLAVE)):
            self.refuse(["There is %s on this host. NetworkManager runs it, and it takes members out of bonds; remove "
                         "the package ifenslave." % IFENSLAVE])
        return backend

    def check_ifupdown(self):
        """Scripts of other packages do what ifupdown cannot."""
        for package, wanted in (("ifenslave", self.lists["bonds"]), ("bridge-utils", self.lists["bridges"])):
            script = "/etc/network/if-pre-up.d/" + {"bridge-utils": "bridge"}.get(package, package)
            if wanted and not os.path.exists(_bond_host.at(script)) and not self.module.check_mode:
                self.refuse(["The backend is ifupdown and there is no %s on this host; install %s." % (
                    script, package)])

    def check_cards(self):
        for device in self.stack:
            for card in device.members:
                if card not in self.existing:
                    self.refuse(["%s has the member %s, and there is no such card; there are %s." % (
                        device.name, card, ", ".join(sorted(self.existing)))])
            made_by_others = device.name in self.existing and not any(
                os.path.exists(_bond_host.at("/sys/class/net/%s/%s" % (device.name, kind)))
                for kind in ("bonding", "bridge")) and device.kind != "vlan"
            if made_by_others:
                self.refuse(["%s is to be a %s, and it exists and is none." % (device.name, device.kind)])

    def plan(self):
        writer = WRITERS[self.backend]
        present = self.host.own_files(PLACES[self.backend])
        reasons = {device.name: self.host.differs(device) for device in self.stack}
        plan = switch.make(self.stack, writer.files(self.stack), present, self.existing,
                           [name for name, reason in reasons.items() if reason], self.params["purge"])
        ours = {owner(text) for text in present.values()}
        if not self.params["purge"]:
            self.check_left_out(plan, ours)
        if self.backend == "ifupdown":
            self.add_interfaces(plan, ours)
        elif self.backend == "networkmanager" and plan.changed:
            self.add_connections(plan)
        return plan, [reason for reason in reasons.values() if reason]

    def check_left_out(self, plan, ours):
        """What is no longer named stays; not so what stands on a device that changes without knowing of it."""
        for upper in sorted(ours.difference(device.name for device in self.stack)):
            for lower in plan.changed:
                if os.path.lexists(_bond_host.at("/sys/class/net/%s/lower_%s" % (upper, lower))):
                    self.refuse(["%s was made by this module, stands on %s, and is not named any more. Name it, or "
                                 "remove it with purge." % (upper, lower)])

    def add_interfaces(self, plan, ours):
        """The files that others write: our members and devices are taken out of them."""
        if not self.stack:
            return
        if not ifupdown.sources_our_files(_bond_host.read(ifupdown.INTERFACES) or ""):
            self.refuse(["%s does not read interfaces.d; add the line: source /etc/network/interfaces.d/*" % (
                ifupdown.INTERFACES)])
        names = [name for device in self.stack for name in [device.name] + device.members]
        for path, text in self.host.foreign_files([ifupdown.INTERFACES, PLACES["ifupdown"]]).items():
            after, found = ifupdown.without(text, names)
            if after != text:
                plan.replace(path, text, after)
                plan.bring_back += [name for name in found if name not in plan.bring_back]
        for name in plan.down:
            if name not in ours and name not in plan.bring_back:
                self.refuse(["%s exists, and ifupdown does not know it, so it could not be brought back. Delete it "
                             "first." % name])

    def add_connections(self, plan):
        """What is active now on the cards and devices concerned, for undo to bring back."""
        out = self.host.run("nmcli", "-t", "-f", "UUID,DEVICE", "connection", "show", "--active")[1]
        for row in out.splitlines():
            uuid, dummy, device = row.partition(":")
            if device in plan.cards or device in plan.down:
                plan.bring_back.append(uuid)

    def own_connection(self, plan):
        """The device that this task's connection comes in by, if the plan concerns it."""
        address = _bond_host.ssh_address()
        if address is None:
            return None
        for entry in json.loads(self.host.run("ip", "-json", "address", "show")[1]):
            if address in [found.get("local") for found in entry.get("addr_info", [])]:
                name = entry["ifname"]
                return name if name in plan.changed + plan.cards + plan.bring_back else None
        return None


def diff_of(plan):
    parts = []
    for path, after in plan.after.items():
        parts.append({"before_header": path, "after_header": path, "before": plan.before[path] or "",
                      "after": "" if after is None else after[0]})
    return parts


def main():
    module = AnsibleModule(
        argument_spec={
            "bonds": {"type": "list", "elements": "dict", "default": []},
            "vlans": {"type": "list", "elements": "dict", "default": []},
            "bridges": {"type": "list", "elements": "dict", "default": []},
            "backend": {"type": "str", "default": "auto", "choices": [
                "auto", "ifupdown", "networkd", "networkmanager"]},
            "rollback_timeout": {"type": "int", "default": 60},
            "purge": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    change = Change(module)
    pending = _bond_host.Pending(change.host)
    if pending.has("armed") or pending.has("undoing"):
        # A run that was interrupted: the same one again confirms it, any other waits.
        if pending.has("armed") and json.loads(pending.read("target")) == change.lists:
            module.exit_json(changed=True, backend=change.backend, files=[], devices=[], recreated=[],
                             reasons=["a change waits for its confirmation"], pending=True, diff=[])
        module.fail_json(msg="Another change of bonds waits on this host for its confirmation, or is being taken back. "
                             "Confirm it with halab.cluster.bond_confirm, or wait until its time is over.")
    plan, reasons = change.plan()
    # A file alone may differ: a stanza of a member that is in the bond already.
    changed = bool(plan.after or plan.changed)
    result = {"changed": changed, "backend": change.backend, "files": sorted(plan.after), "devices": plan.changed,
              "recreated": plan.down, "reasons": reasons, "pending": False, "diff": diff_of(plan)}
    if changed and not module.params["rollback_timeout"]:
        device = change.own_connection(plan)
        if device:
            change.refuse(["rollback_timeout is 0, and this connection comes in by %s, which the change concerns; "
                           "allowed is the number of seconds after which the host takes it back." % device])
    if not changed or module.check_mode:
        module.exit_json(**result)
    ports = [device.name for device in change.stack if device.bridge]
    pending.stage(plan, switch.apply_script(plan, change.backend, ports), switch.undo_script(plan, change.backend),
                  change.lists)
    pending.arm(module.params["rollback_timeout"])
    pending.start(DELAY)
    result["pending"] = True
    module.exit_json(**result)


if __name__ == "__main__":
    main()
