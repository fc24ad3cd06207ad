# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The workflows of GitHub Actions, and what zizmor found in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_guidelines.evidence.source import Source

ACTIONS = ".github"
WORKFLOWS = ".github/workflows"
DEPLOYS = re.compile(r"\bcdk deploy\b|dev\.py (preview-)?deploy\b")


@dataclass(frozen=True)
class Finding:
    """What zizmor found.

    Attributes:
        rule: The audit's name, such as `unpinned-uses`.
        path: The file, as zizmor was given it.
        line: The line, from 1.
        said: What is wrong there.
    """

    rule: str
    path: str
    line: int
    said: str


def files(source: Source, folder: str) -> list[Path]:
    """Give the YAML files below a folder."""
    return [path for suffix in (".yml", ".yaml") for path in source.below(folder, suffix=suffix)]


def running(source: Source, command: re.Pattern[str], *, on: str) -> list[Path]:
    """Give the workflows that run a command on an event, such as `schedule`."""
    return [path for path in files(source, WORKFLOWS) if _runs(source.yaml(path), command, on)]


def _runs(workflow: Mapping[Any, Any], command: re.Pattern[str], event: str) -> bool:
    # To YAML 1.1, `on` is a boolean.
    triggers = workflow.get("on", workflow.get(True)) or ()
    return event in triggers and any(
        command.search(str(step.get("run", "")))
        for job in workflow.get("jobs", {}).values()
        for step in job.get("steps", ())
    )


def findings(content: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what a verdict of zizmor tells, each at its primary location."""
    for found in content.get("findings", ()):
        for location in found["locations"]:
            symbolic = location["symbolic"]
            if symbolic["kind"] == "Primary":
                yield Finding(
                    rule=found["ident"],
                    path=symbolic["key"]["Local"]["verbatim_path"],
                    line=location["concrete"]["location"]["start_point"]["row"] + 1,
                    said=symbolic["annotation"],
                )
