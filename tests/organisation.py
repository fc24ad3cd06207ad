"""Write the organisation's enforced settings into the kit: a part of `python3 dev.py digest`.

`organisation.yml` is the one place. Copier reads it for default answers; the kit reads
`controls/organisation.toml`, which is a part of the release, so no answer overrides it.
tests/test_organisation.py fails while it is stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomlkit
from copier._template import filter_config, load_template_config

from tests.programs import ROOT

QUESTION = "organisation_settings"
# The kit's module isn't imported, since it reads the file before it is written.
WRITTEN = Path("template/kit/src/aws_service_kit/controls/organisation.toml")
HEAD = """\
# The organisation's settings for every service. `python3 dev.py digest` of the template's
# repository writes this file from organisation.yml.
"""


def questions(template: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return the questions of a template, by name, as Copier reads them."""
    asked: dict[str, dict[str, Any]]
    _, asked = filter_config(load_template_config(template / "copier.yml"))
    return asked


def settings(template: Path = ROOT) -> dict[str, Any]:
    """Return the organisation's settings: default `answers`, and `enforced` values."""
    decided: dict[str, Any] = questions(template)[QUESTION]["default"]
    return decided


def enforced(template: Path = ROOT) -> str:
    """Return the kit's file with enforced settings: single values, then tables."""
    values = settings(template)["enforced"]
    tables = {name: value for name, value in values.items() if isinstance(value, dict)}
    single = {name: value for name, value in values.items() if name not in tables}
    return HEAD + tomlkit.dumps({**single, **tables})


def write(template: Path = ROOT) -> None:
    """Write that file."""
    (template / WRITTEN).write_text(enforced(template), encoding="utf-8")


if __name__ == "__main__":
    write()
