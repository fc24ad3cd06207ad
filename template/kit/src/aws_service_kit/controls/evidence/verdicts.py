"""Verdicts: the saved results of other tools.

A verdict counts only as long as the files that the tool has checked are unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from aws_service_kit.controls.evidence import inputs
from aws_service_kit.controls.evidence.assembly import FOLDER as ASSEMBLY
from aws_service_kit.controls.evidence.source import KIT, Source
from aws_service_kit.controls.verdict import FOLDER

# What the pytest plugin records of the unit tests.
UNIT_TESTS = FOLDER / "tests-unit.json"
# Folders that unit tests run.
CODE = (KIT, "operations", "src", "tests/unit")
# Folders that no template depends on.
NOT_SYNTHESIZED = {"docs", "operations", "tests", "tooling"}
# Folders that the tools check.
EVERYTHING = (KIT, "infrastructure", "operations", "src", "tests", "tooling")


@dataclass(frozen=True)
class Verdict:
    """The saved result of a tool.

    Attributes:
        name: The tool's name, or that of the task that ran it.
        content: Its output.
        fault: The reason why the verdict doesn't count; empty if it counts.
    """

    name: str
    content: Mapping[str, Any]
    fault: str


@dataclass(frozen=True, eq=False)
class Verdicts:
    """The verdicts of a repository; each one is read once."""

    source: Source

    def __post_init__(self) -> None:
        # Cached as in `Source`: every control on templates asks whether they are current.
        for name in ("read", "synthesis"):
            object.__setattr__(self, name, cache(getattr(self, name)))

    def ran(self, name: str, *, judges: tuple[str, ...] = EVERYTHING) -> Verdict:
        """Return the verdict of a tool that reports success by its exit code.

        Args:
            name: The task, such as `lint`.
            judges: Folders whose files it checks.
        """
        verdict = self.read(FOLDER / f"{name}.json", task=name, judges=judges)
        if verdict.fault or verdict.content.get("exit_code") == 0:
            return verdict
        return Verdict(name, verdict.content, f"`{name}` failed: run it to see why")

    def audit(self) -> Verdict:
        """Return zizmor's `findings` in the workflows; none if its exit code reports success.

        Format: https://docs.zizmor.sh/usage/#json
        """
        ran = self.ran("workflows", judges=(".github",))
        if not ran.fault:
            return Verdict("workflows", {"findings": []}, "")
        if not ran.content:
            return ran
        found = self.read(FOLDER / "zizmor.json", task="workflows", judges=(".github",))
        fault = found.fault or ("" if found.content else ran.fault)
        return Verdict("workflows", {"findings": found.content}, fault)

    def rule_packs(self) -> Verdict:
        """Return cdk-nag's findings in the templates."""
        return self._assembled("validation-report.json", judges=(KIT, "infrastructure"))

    def synthesis(self) -> Verdict:
        """Return whether the templates are current."""
        folders = {path.parts[0] for path in self.source.below()} - NOT_SYNTHESIZED
        return self._assembled("manifest.json", judges=(KIT, *folders))

    def _assembled(self, name: str, *, judges: tuple[str, ...]) -> Verdict:
        """Read a file of the assembly; without digests of the inputs, its age decides."""
        path = Path(ASSEMBLY, name)
        if self._changed:
            fault = f"{path} is older than {self._changed[0]}: run `synth`"
            return Verdict("synth", {}, fault)
        return self.read(path, task="synth", judges=judges if self._changed is None else ())

    @cached_property
    def _changed(self) -> list[str] | None:
        """The files changed since the synthesis; None without digests of the inputs."""
        assembly = self.source.root / ASSEMBLY
        recorded = inputs.is_recorded(assembly)
        return inputs.changed(assembly, self.source.root) if recorded else None

    def read(self, path: Path, *, task: str, judges: tuple[str, ...]) -> Verdict:
        """Return a verdict from a file that a task writes.

        Args:
            path: The file.
            task: The task that writes it.
            judges: Folders of the files that the task has checked.
        """
        whole = self.source.root / path
        if not whole.is_file():
            return Verdict(task, {}, f"{path} is missing: run `{task}`")
        if whole.stat().st_mtime < self.source.newest(*judges):
            return Verdict(task, {}, f"{path} is older than the files that it judges: run `{task}`")
        try:
            return Verdict(task, json.loads(whole.read_text(encoding="utf-8")), "")
        except json.JSONDecodeError:
            return Verdict(task, {}, f"{path} can't be read: run `{task}` to see why")
