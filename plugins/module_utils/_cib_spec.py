# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the desired configuration may say: the argument spec of its sections. No I/O.

Private to this collection. Module pacemaker_cib lets Ansible judge its parameters by it; role pacemaker refuses its
variables by the same.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib_words import ON_FAIL, ROLES


def sections():
    """What every section may hold, by the module's parameter."""
    pairs = dict(instance_attributes=dict(type="dict"), meta_attributes=dict(type="dict"))
    ident = dict(type="str", required=True)
    conditional = dict(type="list", elements="dict", options=dict(
        id=ident,
        score=dict(type="str"),
        rule=dict(type="dict", required=True),
        attributes=dict(type="dict", required=True),
    ))
    both = dict(conditional_instance_attributes=conditional, conditional_meta_attributes=conditional)
    role = dict(type="str", choices=ROLES)
    actions = dict(type="str", choices=["start", "stop", "promote", "demote"])
    holders = dict(type="list", elements="dict", options=dict(
        id=ident,
        roles=dict(type="list", elements="str", required=True),
    ))
    container = dict(type="dict", options={
        "image": dict(type="str", required=True),
        "replicas": dict(type="int"),
        "replicas-per-host": dict(type="int"),
        "promoted-max": dict(type="int"),
        "run-command": dict(type="str"),
        "network": dict(type="str"),
        "options": dict(type="str"),
    })
    primitive = dict(
        pairs,
        **both,
        id=ident,
        description=dict(type="str"),
        utilization=dict(type="dict"),
        secret_attributes=dict(type="dict", no_log=True),
        operations=dict(type="list", elements="dict", options={
            "name": dict(type="str", required=True),
            "interval": dict(type="str", default="0s"),
            "timeout": dict(type="str"),
            "start-delay": dict(type="str"),
            "on-fail": dict(type="str", choices=ON_FAIL),
            "role": role,
            "enabled": dict(type="bool"),
            "record-pending": dict(type="bool"),
            "instance_attributes": dict(type="dict"),
        }),
    )
    return dict(
        properties=dict(type="dict"),
        rsc_defaults=dict(type="dict"),
        op_defaults=dict(type="dict"),
        conditional_rsc_defaults=conditional,
        conditional_op_defaults=conditional,
        templates=dict(type="list", elements="dict", options=dict(
            primitive,
            agent=dict(type="str", required=True),
        )),
        resources=dict(type="list", elements="dict", options=dict(
            primitive,
            agent=dict(type="str"),
            template=dict(type="str"),
        )),
        groups=dict(type="list", elements="dict", options=dict(
            id=ident,
            description=dict(type="str"),
            members=dict(type="list", elements="str", required=True),
            meta_attributes=dict(type="dict"),
            conditional_meta_attributes=conditional,
        )),
        clones=dict(type="list", elements="dict", options=dict(
            id=ident,
            description=dict(type="str"),
            member=dict(type="str", required=True),
            meta_attributes=dict(type="dict"),
            conditional_meta_attributes=conditional,
        )),
        bundles=dict(type="list", elements="dict", options={
            "id": ident,
            "description": dict(type="str"),
            "docker": container,
            "podman": container,
            "network": dict(type="dict", options={
                "ip-range-start": dict(type="str"),
                "control-port": dict(type="int"),
                "host-interface": dict(type="str"),
                "host-netmask": dict(type="int"),
                "add-host": dict(type="bool"),
            }),
            "port-mappings": dict(type="list", elements="dict", options={
                "port": dict(type="int"),
                "internal-port": dict(type="int"),
                "range": dict(type="str"),
            }),
            "storage-mappings": dict(type="list", elements="dict", options={
                "source-dir": dict(type="str"),
                "source-dir-root": dict(type="str"),
                "target-dir": dict(type="str", required=True),
                "options": dict(type="str"),
            }),
            "member": dict(type="str"),
            "meta_attributes": dict(type="dict"),
            "conditional_meta_attributes": conditional,
        }),
        constraints=dict(type="list", elements="dict", options={
            "id": ident,
            "type": dict(type="str", required=True, choices=["location", "colocation", "order", "ticket"]),
            "rsc": dict(type="str"),
            "rsc-pattern": dict(type="str"),
            "resource_sets": dict(type="list", elements="dict", options={
                "members": dict(type="list", elements="str", required=True),
                "sequential": dict(type="bool"),
                "require-all": dict(type="bool"),
                "action": actions,
                "role": role,
                "score": dict(type="str"),
            }),
            "ticket": dict(type="str"),
            "loss-policy": dict(type="str", choices=["stop", "demote", "fence", "freeze"]),
            "node": dict(type="str"),
            "rule": dict(type="dict"),
            "score": dict(type="str"),
            "role": role,
            "resource-discovery": dict(type="str", choices=["always", "never", "exclusive"]),
            "with-rsc": dict(type="str"),
            "rsc-role": role,
            "with-rsc-role": role,
            "node-attribute": dict(type="str"),
            "influence": dict(type="bool"),
            "first": dict(type="str"),
            "then": dict(type="str"),
            "first-action": actions,
            "then-action": actions,
            "kind": dict(type="str", choices=["Mandatory", "Optional", "Serialize"]),
            "symmetrical": dict(type="bool"),
        }),
        tags=dict(type="list", elements="dict", options=dict(
            id=ident,
            members=dict(type="list", elements="str", required=True),
        )),
        fencing_levels=dict(type="list", elements="dict", options={
            "id": ident,
            "index": dict(type="int", required=True),
            "devices": dict(type="list", elements="str", required=True),
            "target": dict(type="str"),
            "target-pattern": dict(type="str"),
            "target-attribute": dict(type="str"),
            "target-value": dict(type="str"),
        }),
        nodes=dict(type="list", elements="dict", options=dict(
            name=dict(type="str", required=True),
            instance_attributes=dict(type="dict"),
            utilization=dict(type="dict"),
        )),
        acl_roles=dict(type="list", elements="dict", options=dict(
            id=ident,
            description=dict(type="str"),
            permissions=dict(type="list", elements="dict", required=True, options={
                "kind": dict(type="str", required=True, choices=["read", "write", "deny"]),
                "xpath": dict(type="str"),
                "reference": dict(type="str"),
                "object-type": dict(type="str"),
                "attribute": dict(type="str"),
                "description": dict(type="str"),
            }),
        )),
        acl_targets=holders,
        acl_groups=holders,
        alerts=dict(type="list", elements="dict", options=dict(
            pairs,
            id=ident,
            path=dict(type="path", required=True),
            description=dict(type="str"),
            select=dict(type="list", elements="str", choices=["nodes", "fencing", "resources", "attributes"]),
            recipients=dict(type="list", elements="dict", options=dict(
                pairs,
                id=ident,
                value=dict(type="str", required=True),
                description=dict(type="str"),
            )),
        )),
    )
