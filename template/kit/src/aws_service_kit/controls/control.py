"""A control, its judgements and its result."""

from __future__ import annotations

import ast
import inspect
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Literal, Self

from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.resource_types import noun
from aws_service_kit.controls.evidence.source import Source, enclosing, place
from aws_service_kit.controls.guideline_items import ITEMS, Item


class Status(StrEnum):
    """A control's status, the most severe first."""

    FAILED = "failed"
    WAIVED = "waived"
    ORGANISATIONAL = "organisational"
    PROVEN = "proven"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Judgement:
    """One checked resource or file.

    Attributes:
        noun: The noun for the subject, in the singular, such as `function`.
        subject: The subject's name.
        environment: The environment, if the judgement isn't the same in all of them.
        fault: The fault; empty if there is none.
        type: The CloudFormation type, for a resource.
        finding: The part of the subject that the fault is about, such as a route or an action, if
            the subject can have several faults.
    """

    noun: str
    subject: str
    environment: str = ""
    fault: str = ""
    type: str = ""
    finding: str = ""

    @property
    def name(self) -> str:
        """Its name in reports and waivers."""
        return f"{self.subject}:{self.finding}" if self.finding else self.subject


def judge(resource: Resource, fault: str | None = None) -> Judgement:
    """Return the judgement of a resource in a template."""
    return Judgement(
        noun=noun(resource.type),
        subject=resource.name,
        environment=resource.environment,
        fault=fault or "",
        type=resource.type,
    )


def judge_each(judgement: Judgement, phrase: str, findings: Iterable[str]) -> Iterator[Judgement]:
    """Yield a judgement for each finding, so that a waiver accepts a single finding.

    Args:
        judgement: The judgement of the subject without a fault, which is yielded if there is none.
        phrase: The phrase before a finding, such as `lacks`.
        findings: The parts of the subject that are wrong or missing.
    """
    found = dict.fromkeys(findings)
    for finding in found:
        yield replace(judgement, fault=f"{phrase} {finding}", finding=finding)
    if not found:
        yield judgement


def judge_each_where(
    evidence: Evidence, resource: Resource, phrase: str, findings: Iterable[str]
) -> Iterator[Judgement]:
    """Yield a judgement for each finding, as `judge_each`, with the line of code in its fault."""
    for each in judge_each(judge(resource), phrase, findings):
        where = place(evidence.source, resource.logical_id) if each.fault else ""
        yield replace(each, fault=f"{each.fault} ({where})") if where else each


def judge_places(
    source: Source, path: Path, phrase: str, places: Iterable[ast.expr | ast.excepthandler]
) -> Iterator[Judgement]:
    """Yield a judgement for each place in a module.

    Its name is the name of the function around it, since line numbers change.

    Args:
        source: The repository's files.
        path: The module.
        phrase: The phrase before a place, such as `creates a client in`.
        places: The faulty expressions and handlers of the module.
    """
    judgement = Judgement("module", str(path))
    counts = Counter[str]()
    for each in places:
        name = enclosing(source.tree(path), each.lineno)
        counts[name] += 1
        finding = name if counts[name] == 1 else f"{name} {counts[name]}"
        yield replace(judgement, fault=f"{phrase} line {each.lineno}", finding=finding)
    if not counts:
        yield judgement


def listed(phrase: str, names: Collection[str]) -> str:
    """Return a phrase followed by the names; an empty text if there are none."""
    return f"{phrase} {', '.join(names)}" if names else ""


class Control(ABC):
    """A check of one rule of the guideline.

    A subclass's docstring states the rule, the reason, the remedy and the source.

    Attributes:
        id: The guideline's item and the subject, such as `L5.api-timeout`.
        looks_at: The type of evidence that it reads.
        by_people: The part of the rule that only people can decide or do, if any.
    """

    id: ClassVar[str]
    looks_at: ClassVar[Literal["templates", "files", "verdicts"]] = "templates"
    by_people: ClassVar[str] = ""

    @abstractmethod
    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Yield a judgement for each subject of the rule, with or without a fault."""

    # repo-review copies the values of its fixtures; a control without state is shared instead.
    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    @property
    def item(self) -> Item:
        """The item of the guideline."""
        # A section's number contains a dot, too.
        return ITEMS[self.id.rpartition(".")[0]]

    @property
    def rule(self) -> str:
        """The rule in one line."""
        return self.text.partition("\n")[0]

    @property
    def text(self) -> str:
        """The whole rule, with its reason and its remedy."""
        return inspect.cleandoc(type(self).__doc__ or "")


@dataclass(frozen=True)
class ControlResult:
    """The result of a control.

    Attributes:
        control: The control.
        status: Its status.
        judgements: The judgements of everything that was checked.
        faults: Faults that no waiver accepts.
        waived: Faults that a waiver accepts.
        detail: A summary of the checked subjects, in one line.
    """

    control: Control
    status: Status
    judgements: tuple[Judgement, ...]
    faults: tuple[Judgement, ...]
    waived: tuple[Judgement, ...]
    detail: str
