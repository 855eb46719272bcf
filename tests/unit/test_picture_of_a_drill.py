# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture in README.md: taken out of a report, it has to stand alone."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
# The page's own style, with all that it names, and the timelines of two drills.
STYLE = re.search(
    r"<style>.*?</style>", (ROOT / "roles/drill/templates/report.html.j2").read_text(encoding="utf-8"), re.DOTALL
).group(0)
REPORT = f"""<html><head>{STYLE}</head><body>
<svg viewBox="0 0 1000 162" role="img" aria-label="Timeline of first"><rect class="ok" width="1"/></svg>
<svg viewBox="0 0 1000 188" role="img" aria-label="Timeline of second"><rect class="failed" width="2"/></svg>
</body></html>"""


def run(tmp_path, drill):
    report = tmp_path / "report.html"
    report.write_text(REPORT, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(ROOT / "docs/picture_of_a_drill.py"), str(report), drill],
        capture_output=True, text=True, check=False,
    )


def test_it_is_the_drill_that_was_named_with_the_light_colours_of_the_page(tmp_path):
    image = ElementTree.fromstring(run(tmp_path, "second").stdout)
    assert image.tag == "{http://www.w3.org/2000/svg}svg"
    assert [child.get("class") for child in image] == [None, "failed"]
    style = image[0].text
    assert ".failed { fill: #c53030; }" in style
    assert "var(" not in style


def test_a_drill_that_the_report_does_not_have(tmp_path):
    done = run(tmp_path, "third")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "The report has no drill third.\n")


def test_the_picture_of_the_readme_is_of_this_make():
    image = (ROOT / "docs/power_off_holder.svg").read_text(encoding="utf-8")
    assert "var(" not in image
    assert ElementTree.fromstring(image).get("aria-label") == "Timeline of power_off_holder"
