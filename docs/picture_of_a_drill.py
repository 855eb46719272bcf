# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the timeline of one drill out of the report of a real run, as an SVG file that stands alone.

    python docs/picture_of_a_drill.py build/drills/failover.html power_off_holder > docs/power_off_holder.svg
"""
from __future__ import annotations

import re
import sys
from pathlib import Path

# What a report's page gives to its pictures, and an image has to bring along.
PAGE = "svg { background: var(--card); font-family: system-ui, 'Liberation Sans', sans-serif; }\n"


def picture(report, drill):
    page = re.search(r"<style>(.*?)</style>", report, re.DOTALL).group(1)
    # Light comes before dark. Colours take the place of their names: not all that shows an image knows variables.
    light = dict(reversed(re.findall(r"(--\w+): (#\w+);", page)))
    style = PAGE + "".join(re.findall(r"^(?:svg|\.\w+) .*\n", page, re.MULTILINE))
    style = re.sub(r"var\((--\w+)\)", lambda name: light[name.group(1)], style)
    found = re.search(rf'<svg ([^>]*aria-label="Timeline of {re.escape(drill)}"[^>]*)>(.*?)</svg>', report, re.DOTALL)
    if not found:
        raise SystemExit(f"The report has no drill {drill}.")
    attributes, lines = found.groups()
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>\n<style>\n{style}</style>{lines}</svg>\n'


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    sys.stdout.write(picture(Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2]))
