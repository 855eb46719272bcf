# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A configuration of a cluster that was, in the place of the live one. No I/O.

Private to this collection.
"""

from __future__ import annotations

import copy

from ansible_collections.halab.cluster.plugins.module_utils import _cib_view
from ansible_collections.halab.cluster.plugins.module_utils._cib_describe import OWN_PROPERTIES, describe

OPTIONS = "configuration/crm_config/cluster_property_set"


def _ids(root):
    """{node: its id}"""
    return {node.get("uname"): node.get("id") for node in root.iterfind("configuration/nodes/node")}


def _resources(root):
    return {element.get("id") for kind in ("primitive", "group", "clone", "master", "bundle")
            for element in root.iterfind("configuration/resources//" + kind)}


def problems(live, backup):
    """Sentences about nodes that are others than those that the configuration speaks of, and about what would be lost."""
    old, new = _ids(backup), _ids(live)
    return ["cib: node %s has id %s there, and %s in the cluster; allowed is the same id." % (name, old[name], ident)
            for name, ident in sorted(new.items()) if name in old and old[name] != ident] + [
        "cib: it has no node %s, which the cluster has; allowed are the same nodes." % name
        for name in sorted(new) if name not in old] + [
        "cib: it has no resource %s, which the cluster has and would lose; allowed is a cluster without others than its "
        "own. If this is a restore that was begun before, and converged since: converge again (playbooks/site.yml), and "
        "the cluster stays as it is. If the resource may go, remove it first." % name
        for name in sorted(_resources(live) - _resources(backup))]


def plan(live, backup):
    """The desired CIB, and the steps that lead to it. No steps: nothing to do."""
    wanted = copy.deepcopy(live)
    configuration = copy.deepcopy(backup.find("configuration"))
    _keep_own(live, configuration)
    position = list(wanted).index(wanted.find("configuration"))
    wanted[position] = configuration
    steps = _cib_view.differences(describe(live), describe(wanted))
    if not steps and _cib_view.digest(live) != _cib_view.digest(wanted):
        # Of what no parameter of pacemaker_cib can say.
        steps = [{"action": "update", "kind": "configuration", "id": "cib", "changes": {}}]
    return wanted, steps


def _keep_own(live, configuration):
    """What Pacemaker writes itself is about the software and the cluster that run now."""
    own = [copy.deepcopy(pair) for pair in live.iterfind(OPTIONS + "/nvpair") if pair.get("name") in OWN_PROPERTIES]
    section = configuration.find("crm_config")
    sets = section.findall("cluster_property_set")
    for found in sets:
        for pair in [pair for pair in found.findall("nvpair") if pair.get("name") in OWN_PROPERTIES]:
            found.remove(pair)
    if own and not sets:
        sets = [copy.deepcopy(live.find(OPTIONS))]
        for pair in list(sets[0]):
            sets[0].remove(pair)
        section.append(sets[0])
    for pair in own:
        sets[0].append(pair)
