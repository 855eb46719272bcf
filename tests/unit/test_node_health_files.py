# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role node_health writes for services and for UPSs that only pretend."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._node_health_files import node_health_files


def test_services():
    made = node_health_files(
        [
            {"name": "nginx", "Restart": "on-failure", "RestartSec": 2, "StartLimitBurst": 3, "LimitNOFILE": 65536},
            {"name": "getty@tty1.service", "Restart": False, "alert": False},
            {"name": "smbd", "alert": "red"},
        ]
    )
    assert [entry["path"] for entry in made["dropins"]] == [
        "/etc/systemd/system/nginx.service.d/50-node-health.conf",
        "/etc/systemd/system/getty@tty1.service.d/50-node-health.conf",
        "/etc/systemd/system/smbd.service.d/50-node-health.conf",
    ]
    head = "# Written by role node_health of halab.cluster.\n"
    assert [entry["content"] for entry in made["dropins"]] == [
        head + "[Unit]\nStartLimitBurst=3\nOnFailure=node-health-alert@%n.service\n"
        "[Service]\nLimitNOFILE=65536\nRestart=on-failure\nRestartSec=2\n",
        head + "[Service]\nRestart=no\n",
        head + "[Unit]\nOnFailure=node-health-alert@%n.service\n",
    ]
    assert made["states"] == {"nginx.service": "yellow", "smbd.service": "red"}


def test_ups():
    made = node_health_files(
        [],
        [
            {"name": "rack", "driver": "usbhid-ups", "port": "auto"},
            {
                "name": "lab",
                "driver": "dummy-ups",
                "port": "lab.dev",
                "dummy": {"ups.status": "OL", "battery.charge": 100},
            },
        ],
    )
    assert made["dummies"] == [
        {"path": "/etc/nut/lab.dev", "content": "ups.status: OL\nbattery.charge: 100\n", "group": "nut", "mode": "0640"}
    ]
