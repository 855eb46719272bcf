#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pacemaker_resource
short_description: Move, ban, stop, leave alone and clean a Pacemaker resource
version_added: 0.1.0
description:
  - An administrator's verbs on one resource of a running cluster. Each waits until the cluster has settled, and says
    what is true then.
  - A change of the configuration is simulated first, and is one patch that fails if somebody else was quicker. Check
    mode returns the same predictions and writes nothing.
  - What can be seen not to work is refused, with names, a move that would not end on the node it is to, for instance.
  - The marks of these verbs are those of C(pcs) and C(crm), so each can take back what the other has done.
    M(halab.cluster.pacemaker_cib) keeps them, also with O(halab.cluster.pacemaker_cib#module:purge=true).
  - Run it on any node of the cluster.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
  - halab.cluster.pacemaker
  - halab.cluster.pacemaker.settles
attributes:
  idempotent:
    support: partial
    details:
      - All but O(state=refreshed), which looks again each time.
notes:
  - The whole cluster is put in maintenance by its option C(maintenance-mode), which M(halab.cluster.pacemaker_cib) sets,
    as all options; a node by M(halab.cluster.pacemaker_node).
  - A lifetime ends by itself, its constraint stays in the configuration without effect until it is cleared or replaced.
seealso:
  - module: halab.cluster.pacemaker_cib
  - module: halab.cluster.pacemaker_node
  - module: halab.cluster.pacemaker_info
options:
  name:
    description:
      - The resource, group, clone or bundle. With O(state=cleaned) and O(state=refreshed), all of them if it is left out.
      - A member of a group or clone can be stopped or left alone by itself, but not moved or banned, and what is cleaned
        is the whole.
    type: str
  state:
    description:
      - V(unmanaged), Pacemaker neither starts nor stops it, and goes on monitoring it (meta attribute C(is-managed)).
        V(maintenance), it does not monitor it either (C(maintenance)). V(managed), neither of the two.
      - V(disabled), it is stopped and stays so (C(target-role)). V(enabled) takes that back.
      - V(moved), it runs on O(node). Without O(lifetime) nothing keeps it there after the move but its
        C(resource-stickiness), and a failure of O(node) is the end of the matter. A ban from O(node) is taken back.
      - V(banned), it does not run on O(node).
      - V(cleared), no constraint of a move or a ban of this resource is left, be it over or not; with O(node), of those
        about that node.
      - V(cleaned), its failures are forgotten, so that it may be tried again where it failed. Its state is looked at
        anew.
      - V(refreshed), its whole history is forgotten and its state looked at anew on all nodes.
    type: str
    required: true
    choices: [managed, unmanaged, maintenance, enabled, disabled, moved, banned, cleared, cleaned, refreshed]
  node:
    description: The node it is moved to or banned from. Otherwise, only what is about this node.
    type: str
  lifetime:
    description:
      - How long O(state=moved) keeps it on O(node), or O(state=banned) off it, as a duration of ISO 8601 from now on, such
        as V(PT30M), V(PT2H) or V(P1DT12H). It may be V(forever).
      - Without it, O(state=banned) is forever, and O(state=moved) keeps nothing.
      - One that is there already is left as it is if it ends within a minute of that.
    type: str
  role:
    description: Move or ban only what is promoted. It may run on unpromoted.
    type: str
    choices: [Started, Promoted]
  operation:
    description: Forget only failures of this operation. Needs O(name).
    type: str
"""

EXAMPLES = r"""
- name: Move the service, and let it stay where it is then
  halab.cluster.pacemaker_resource:
    name: web
    state: moved
    node: node2
  run_once: true

- name: Keep it off node1 while a disk is replaced there
  halab.cluster.pacemaker_resource:
    name: web
    state: banned
    node: node1
    lifetime: PT2H
  run_once: true

- name: No move and no ban any more
  halab.cluster.pacemaker_resource:
    name: web
    state: cleared
  run_once: true

- name: Leave it alone, we restart it ourselves
  halab.cluster.pacemaker_resource:
    name: nginx
    state: maintenance
  run_once: true

- name: Forget all failures
  halab.cluster.pacemaker_resource:
    state: cleaned
  run_once: true

- name: The whole cluster in maintenance
  halab.cluster.pacemaker_cib:
    properties: {maintenance-mode: true}
  run_once: true
"""

RETURN = r"""
plan:
  description: The steps in the configuration, as M(halab.cluster.pacemaker_cib) has them.
  returned: success
  type: list
  elements: dict
transitions:
  description: What Pacemaker is predicted to do. Of O(state=refreshed) nothing is known in advance.
  returned: success
  type: list
  elements: str
  sample: [Move vip from node1 to node2, Move nginx from node1 to node2]
runs_on:
  description: The nodes it runs on, in the end or by prediction. Empty without O(name).
  returned: success
  type: list
  elements: str
  sample: [node2]
now:
  description: What is true in the end or by prediction, in sentences.
  returned: success
  type: str
  sample: web runs on node2. It is banned from node1 until 2026-11-27 02:00:00Z (cli-ban-web-on-node1).
"""

import datetime

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import (
    _cib_view, _pacemaker_verbs, _pacemaker_verbs_check)
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_verbs import CLEANING, FOREVER, where


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


def refuse(module, found):
    if found:
        module.fail_json(msg=" ".join(found) + " Nothing was changed.", problems=found)


def finish(module, result, before, now, steps=()):
    """Both sides of the diff end with what is true of the resource."""
    texts = _cib_view.readable(steps)
    module.exit_json(**dict(result, now=now, diff=dict(
        before=texts["before"] + before + "\n", after=texts["after"] + now + "\n",
        before_header="live", after_header="wanted")))


def configure(module, pacemaker, verb, live, status, now):
    """What is a change of the configuration."""
    name, node, role = verb["name"], verb["node"], verb["role"]

    def to_the_end(root):
        return _pacemaker_verbs.plan(root, verb, now)

    def on_the_way(root):
        return _pacemaker_verbs.plan(root, dict(verb, lifetime=FOREVER), now)

    def say(root, resources):
        return _pacemaker_verbs.told(root, resources, name, now)

    there = where(status["resources"], name, role) == [node]
    passing = verb["state"] == "moved" and verb["lifetime"] is None and not there
    phases = [on_the_way, to_the_end] if passing else [to_the_end]
    root, plan, transitions, outcomes, verified = live, [], [], [status["resources"]], []
    for phase in phases:
        wanted, steps = phase(root)
        # A run that was interrupted may have left the constraint of a move that is still under way.
        if not steps and phase is to_the_end:
            continue
        plan += steps
        verified += pacemaker.verify(wanted, root)
        simulation = pacemaker.simulate(wanted) if phase is to_the_end else pacemaker.simulated(wanted)
        transitions += simulation["transitions"]
        outcomes.append(simulation["resources"])
        root = simulation.get("cib", wanted)
    refuse(module, _pacemaker_verbs_check.outcome_problems(live, verb, status, outcomes[min(1, len(outcomes) - 1)],
                                                           outcomes[-1], now))
    for text in _pacemaker_verbs.overruled(live, verb):
        module.warn(text)
    if verified:
        module.warn("crm_verify has complaints that this change does not settle: %s" % "; ".join(sorted(set(verified))))

    final, steps = to_the_end(live)
    before = say(live, status["resources"])
    result = dict(changed=bool(plan), plan=_cib_view.masked(plan), transitions=transitions,
                  runs_on=where(outcomes[-1], name))
    if module.check_mode or not plan:
        finish(module, result, before, say(final, outcomes[-1]), _cib_view.masked(steps))

    for phase in phases:
        pacemaker.apply(live, phase)
        pacemaker.wait_settled("The configuration is changed" if phase is to_the_end else
                               "The move has begun, and the constraint that asks for it stays")
        pacemaker.check_started(status)
        live = pacemaker.query()
    resources = pacemaker.monitor()["resources"]
    result["runs_on"] = where(resources, name)
    if verb["state"] == "moved" and where(resources, name, role) != [node]:
        module.fail_json(msg="The cluster has settled, but %s Look at crm_mon --one-shot --inactive and at "
                             "crm_resource --why --resource %s." % (say(live, resources), name), **result)
    left = to_the_end(live)[1]
    if left:
        module.fail_json(msg="The patch was applied, but the configuration read back still differs: %s. Somebody else "
                             "may be changing it at the same time." % _cib_view.summary(left))
    finish(module, result, before, say(live, resources), _cib_view.masked(steps))


def clean(module, pacemaker, verb, live, status, now):
    """What only the daemons can do: they forget what they have seen."""
    def say(told):
        """The state of the resource, and the failures that it would still be cleaned of."""
        about = [_pacemaker_verbs.told(live, told["resources"], verb["name"], now)] if verb["name"] else []
        failures = ["%s of %s on %s" % (item["operation"], item["resource"], item["node"])
                    for item in _pacemaker_verbs.failed(live, verb, told)[0]]
        return " ".join(about + ["Failed: %s." % ", ".join(failures) if failures else "No failures."])

    operations, counted = _pacemaker_verbs.failed(live, verb, status)
    changed = bool(operations or counted) or verb["state"] == "refreshed"
    simulation = {"transitions": [], "resources": status["resources"]}
    if operations or counted:
        simulation = pacemaker.simulate(_pacemaker_verbs.forgotten(live, operations, counted))
    result = dict(changed=changed, plan=[], transitions=simulation["transitions"],
                  runs_on=where(simulation["resources"], verb["name"]))
    cleaned = dict(status, failures=[item for item in status["failures"] if item not in operations])
    if module.check_mode or not changed:
        finish(module, result, say(status), say(dict(cleaned, resources=simulation["resources"])))
    for argv in _pacemaker_verbs.cleaning_commands(verb, operations):
        pacemaker.run(argv)
    pacemaker.wait_settled("The failures are forgotten")
    pacemaker.check_started(cleaned)
    after = pacemaker.monitor()
    result["runs_on"] = where(after["resources"], verb["name"])
    finish(module, result, say(status), say(after))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            name=dict(type="str"),
            state=dict(type="str", required=True, choices=[
                "managed", "unmanaged", "maintenance", "enabled", "disabled", "moved", "banned", "cleared", "cleaned",
                "refreshed"]),
            node=dict(type="str"),
            lifetime=dict(type="str"),
            role=dict(type="str", choices=["Started", "Promoted"]),
            operation=dict(type="str"),
            timeout=dict(type="int", default=120),
        ),
        required_if=[("state", state, ["name", "node"]) for state in _pacemaker_verbs.PLACING] + [
            ("state", state, ["name"]) for state in _pacemaker_verbs.STATES
            if state not in _pacemaker_verbs.PLACING + CLEANING],
        required_by={"operation": ["name"]},
        supports_check_mode=True,
    )
    verb = {key: module.params[key] for key in ("name", "state", "node", "lifetime", "role", "operation")}
    pacemaker = Pacemaker(module, module.params["timeout"])
    live, status, now = pacemaker.query(), pacemaker.monitor(), utc_now()
    refuse(module, _pacemaker_verbs_check.problems(live, verb, status, now))
    act = clean if verb["state"] in CLEANING else configure
    act(module, pacemaker, verb, live, status, now)


if __name__ == "__main__":
    main()
