"""Write the file with the template's address, which a new service has."""

from __future__ import annotations

from pathlib import Path

import tomlkit
import yaml
from aws_service_kit.update.authenticity import TEMPLATE_FILE
from aws_service_kit.update.migrations import Leftover
from aws_service_kit.update.service import ANSWERS

SCAFFOLD = Path(__file__).parents[2] / "template" / f"{TEMPLATE_FILE}.jinja"
RECORDED = "{{ _copier_answers._src_path | toml_string }}"


def migrate(home: Path) -> list[Leftover]:
    """Write the file from the answers; an existing file stays.

    Args:
        home: The service's folder.

    Returns:
        The line that a person must verify.
    """
    file = home / TEMPLATE_FILE
    if file.exists():
        return []
    template = yaml.safe_load((home / ANSWERS).read_text(encoding="utf-8"))["_src_path"]
    before, after = SCAFFOLD.read_text(encoding="utf-8").split(RECORDED)
    text = f"{before}{tomlkit.item(str(template)).as_string()}{after}"
    file.write_text(text, encoding="utf-8")
    line = before.count("\n") + 1
    text = f"check that the template's address is {template}"
    return [Leftover(TEMPLATE_FILE.as_posix(), line, text)]
