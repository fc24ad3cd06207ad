"""Write the tables of a service's `AGENTS.md`: `python3 dev.py ownership`.

The commands come from the service's tasks, the paths from the manifest of ownership.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from tests.ownership import manifest
from tests.programs import ROOT

DOCUMENT = ROOT / "template" / "AGENTS.md.jinja"
TASKS = ROOT / "template" / "poe_tasks.toml"
GENERATED = re.compile(r"(\{# Begin: [^}]*\}\n).*?(\{# End\. #\}\n)", re.DOTALL)
SETUP = "Install the pinned packages, Node.js and the CDK's command line into this folder"
# The tasks for agents. `python3 dev.py` lists all tasks.
NEEDED = ("add", "format", "quick", "check", "synth", "derive", "local-test", "controls", "update")


def commands() -> Iterator[str]:
    """Yield the lines of the table of commands."""
    tasks = tomllib.loads(TASKS.read_text(encoding="utf-8"))["tasks"]
    yield "| command | what it does |\n"
    yield "|---|---|\n"
    yield f"| `python3 dev.py setup` | {SETUP} |\n"
    for name in NEEDED:
        text = tasks[name]["help"].replace("|", "\\|")
        yield f"| `python3 dev.py {name}` | {text} |\n"
    yield "\n`python3 dev.py` lists all commands, and `--help` after most of them their options.\n"


def left_alone() -> Iterator[str]:
    """Yield the lines on the paths that aren't the team's."""
    paths = manifest()["paths"]
    for owner, text in (
        ("template", "Updates rewrite these; a change belongs into the template"),
        ("derived", "Commands write these: run `derive`, or `.venv/bin/uv lock`"),
    ):
        keys = sorted(path for path, each in paths.items() if each == owner)
        inside = sorted(
            path
            for path, each in paths.items()
            if each == "service" and any(key.endswith("/") and path.startswith(key) for key in keys)
        )
        but = f" (but not {', '.join(f'`{path}`' for path in inside)})" if inside else ""
        yield f"- {text}: {', '.join(f'`{key}`' for key in keys)}{but}.\n"
    yield "- Every other path is the team's.\n"


def text() -> str:
    """Return the document with its tables."""
    tables = iter(["".join(commands()), "".join(left_alone())])
    return GENERATED.sub(
        lambda found: f"{found[1]}{next(tables)}{found[2]}", DOCUMENT.read_text(encoding="utf-8")
    )


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
