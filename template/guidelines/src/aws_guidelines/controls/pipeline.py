# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The pipeline (guideline, 8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from aws_guidelines.control import Control, Judgement
from aws_guidelines.evidence import Evidence

WORKFLOWS = ".github/workflows"
ACTIONS = ".github"
COMMIT = re.compile(r"[0-9a-f]{40}")
KEYS = re.compile(r"secrets\.AWS_(ACCESS_KEY|SECRET)", re.IGNORECASE)
UNPINNED = re.compile(
    r"npm (install|i) (-g|--global) \S+(?<!\d)$|pip install (?!-)[^\s=]+$", re.MULTILINE
)
DEPLOYS = re.compile(r"\bcdk deploy\b|dev\.py deploy\b")


class Pinned(Control):
    """Every action is pinned by the commit, and every tool by a lock file.

    A tag can be moved: what ran yesterday needn't be what runs today, with the same permissions.

    Guideline: 8.1.
    https://docs.github.com/en/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions
    """

    id = "8.1.pinned"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow and composite action."""
        for path in _files(evidence, ACTIONS):
            uses = [name for name in _uses(evidence.source.yaml(path)) if not _is_pinned(name)]
            tools = [found[0] for found in UNPINNED.finditer(evidence.source.text(path))]
            fault = f"takes {', '.join([*uses, *tools])}" if uses or tools else ""
            yield Judgement("workflow", str(path), fault=fault)


class NoKeys(Control):
    """A pipeline has no keys of AWS: it proves who it is by OpenID Connect.

    A key in a secret is valid for years, for whoever reads it.

    Guideline: 8.1.
    https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
    """

    id = "8.1.no-keys"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow."""
        for path in _files(evidence, WORKFLOWS):
            keys = KEYS.search(evidence.source.text(path))
            yield Judgement("workflow", str(path), fault="holds keys of AWS" if keys else "")


class LeastPermissions(Control):
    """Every job says what its token may do.

    Guideline: 8.1.
    https://docs.github.com/en/actions/security-for-github-actions/security-guides/automatic-token-authentication
    """

    id = "8.1.permissions"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow: it gives nothing to all jobs, or each job names its own."""
        for path in _files(evidence, WORKFLOWS):
            workflow = evidence.source.yaml(path)
            jobs = workflow.get("jobs", {})
            said = "permissions" in workflow or all("permissions" in job for job in jobs.values())
            too_much = workflow.get("permissions") == "write-all"
            fault = "" if said and not too_much else "doesn't say what its jobs may do"
            yield Judgement("workflow", str(path), fault=fault)


class OneAtATime(Control):
    """Two deployments never meet.

    Guideline: 8.1.
    https://docs.github.com/en/actions/writing-workflows/choosing-what-your-workflow-does/control-the-concurrency-of-workflows-and-jobs
    """

    id = "8.1.one-at-a-time"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow with a job that deploys."""
        for path in _files(evidence, WORKFLOWS):
            workflow = evidence.source.yaml(path)
            for name, job in workflow.get("jobs", {}).items():
                if any(DEPLOYS.search(str(step.get("run", ""))) for step in job.get("steps", [])):
                    alone = "concurrency" in job or "concurrency" in workflow
                    fault = "" if alone else "two may run at once"
                    yield Judgement("job", f"{path}:{name}", fault=fault)


def _files(evidence: Evidence, folder: str) -> list[Path]:
    return [
        path
        for suffix in (".yml", ".yaml")
        for path in evidence.source.below(folder, suffix=suffix)
    ]


def _uses(value: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a workflow
    match value:
        case {"uses": str(name)}:
            yield name
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _uses(item)


def _is_pinned(action: str) -> bool:
    name, _, version = action.partition("@")
    return (not version and name.startswith((".", "$"))) or COMMIT.fullmatch(version) is not None
