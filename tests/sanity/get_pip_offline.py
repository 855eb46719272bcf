# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for get-pip.py where that cannot be downloaded: Python brings a pip of its own."""

from __future__ import annotations

import ensurepip
import ssl
import subprocess
import sys

ensurepip.bootstrap()
# get-pip.py knows these two options, pip does not.
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
# An index that only the system's own certificates vouch for: the pip that comes with Python has to be told.
certificates = ssl.get_default_verify_paths().cafile
trust = ["--cert", certificates] if certificates else []
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *trust, *arguments]))
