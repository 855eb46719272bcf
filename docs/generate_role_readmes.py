# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes roles/*/README.md from meta/argument_specs.yml. `make readmes` runs it; a test fails when a README differs."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROLES = Path(__file__).resolve().parent.parent / "roles"
MARKUP = re.compile(r"\b([CIBOVE])\(([^)]*)\)")


def plain(text):
    """Ansible's own markup as Markdown, and a list of paragraphs as one."""
    if isinstance(text, list):
        return "\n\n".join(plain(paragraph) for paragraph in text)
    return MARKUP.sub(lambda found: "`%s`" % found.group(2), str(text or "").strip())


def cell(text):
    """Text for one cell of a table."""
    return " ".join(plain(text).split()).replace("|", "\\|")


def default_of(option):
    """The default as it is written in YAML."""
    if option.get("required"):
        return "required"
    if "default" not in option:
        return ""
    default = option["default"]
    if isinstance(default, str):
        return "`%s`" % (cell(default) or '""')
    text = yaml.safe_dump(default, default_flow_style=True, width=10000, allow_unicode=True)
    # A single value is followed by an end-of-document mark.
    return "`%s`" % cell(text.replace("\n...\n", ""))


def type_of(option):
    """The type, with the type of a list's elements."""
    kind = option.get("type", "str")
    return "%s of %s" % (kind, option["elements"]) if "elements" in option else kind


def rows(options, prefix=""):
    """One row for each option; those of a dictionary follow it, indented by its name."""
    for name, option in options.items():
        description = cell(option.get("description"))
        if "choices" in option:
            description += " One of %s." % ", ".join("`%s`" % choice for choice in option["choices"])
        yield "| `%s%s` | %s | %s | %s |" % (prefix, name, type_of(option), default_of(option), description)
        yield from rows(option.get("options", {}), "%s%s." % (prefix, name))


def readme(role):
    """The text of one role's README."""
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    lines = [
        "<!-- Generated from meta/argument_specs.yml by docs/generate_role_readmes.py; change that file instead. -->",
        "",
        "# halab.cluster.%s" % role,
    ]
    entry_points = specs["argument_specs"]
    for name, spec in entry_points.items():
        if len(entry_points) > 1:
            lines += ["", "## Entry point `%s`" % name]
        lines += ["", plain(spec.get("short_description"))]
        if spec.get("description"):
            lines += ["", plain(spec["description"])]
        if spec.get("options"):
            lines += ["", "| variable | type | default | meaning |", "|---|---|---|---|"]
            lines += list(rows(spec["options"]))
    return "\n".join(lines) + "\n"


def main():
    """Write what differs, and say so."""
    for specs in sorted(ROLES.glob("*/meta/argument_specs.yml")):
        role = specs.parent.parent.name
        target = ROLES / role / "README.md"
        if not target.exists() or target.read_text(encoding="utf-8") != readme(role):
            target.write_text(readme(role), encoding="utf-8")
            print("written: %s" % target.relative_to(ROLES.parent))


if __name__ == "__main__":
    main()
