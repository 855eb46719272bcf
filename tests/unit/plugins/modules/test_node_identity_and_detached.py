# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import time

from ansible_collections.halab.cluster.plugins.module_utils._detached import run_detached
from ansible_collections.halab.cluster.plugins.modules import node_identity_info


def test_start_of_pid_1_whatever_it_is_called():
    stat = '1 (a) b (c) S 0 1 1 0 -1 4194560 8000 900000 50 300 40 60 500 200 20 0 1 0 4242 170000000 3000 1844674407\n'
    assert node_identity_info.start_of(stat) == 4242


def test_release():
    assert node_identity_info.release('PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n') == 'debian13'
    assert node_identity_info.release('ID="rocky"\nVERSION_ID="9.4"\n') == 'rocky9'
    assert node_identity_info.release('ID=arch\n') == 'arch'


def test_macs_leave_out_loopback_and_plain_files(tmp_path):
    for name, mac in (('lo', '00:00:00:00:00:00'), ('eth1', '02:00:00:00:00:02'), ('eth0', '02:00:00:00:00:01')):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'address').write_text(mac + '\n')
    (tmp_path / 'bonding_masters').write_text('')
    assert node_identity_info.macs(str(tmp_path)) == ['02:00:00:00:00:01', '02:00:00:00:00:02']


def test_what_is_detached_happens_later_and_elsewhere(tmp_path):
    mark = tmp_path / 'mark'
    run_detached(0.2, lambda: mark.write_text('%d' % os.getsid(0)))
    assert not mark.exists()
    end = time.monotonic() + 5
    while not (mark.exists() and mark.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    assert int(mark.read_text()) != os.getsid(0)
