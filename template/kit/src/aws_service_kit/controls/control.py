"""What a control is, and what comes of one."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, Self

from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.kinds import noun
from aws_service_kit.controls.evidence.source import place
from aws_service_kit.controls.items import ITEMS, Item


class Status(StrEnum):
    """How a control stands; in the order in which they weigh."""

    FAILED = "failed"
    WAIVED = "waived"
    ORGANISATIONAL = "organisational"
    PROVEN = "proven"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Judgement:
    """One thing that a control looked at.

    Attributes:
        kind: What it is, in the singular, such as `function`.
        subject: What reports and waivers call it.
        environment: Where, if it isn't the same everywhere.
        fault: What is wrong with it; empty if nothing is.
        type: CloudFormation's type, of a resource.
    """

    kind: str
    subject: str
    environment: str = ""
    fault: str = ""
    type: str = ""


def judge(resource: Resource, fault: str | None = None) -> Judgement:
    """Judge a resource of the templates."""
    return Judgement(
        kind=noun(resource.type),
        subject=resource.name,
        environment=resource.environment,
        fault=fault or "",
        type=resource.type,
    )


def judge_where(evidence: Evidence, resource: Resource, fault: str) -> Judgement:
    """Judge a resource, and say where it is made if something is wrong with it."""
    where = place(evidence.source, resource.logical_id) if fault else ""
    return judge(resource, f"{fault} ({where})" if where else fault)


def listed(said: str, names: Collection[str]) -> str:
    """Say something of names, such as that they are missing; nothing if there are none."""
    return f"{said} {', '.join(names)}" if names else ""


class Control(ABC):
    """A rule of the guideline that can fail.

    A subclass's docstring is the rule: what, why, how to comply, and the source.

    Attributes:
        id: The guideline's item and what the control is about, such as `L5.api-timeout`.
        looks_at: What it judges by.
        by_people: What only people can decide or do, if the rest of the rule is theirs.
    """

    id: ClassVar[str]
    looks_at: ClassVar[Literal["templates", "files", "verdicts"]] = "templates"
    by_people: ClassVar[str] = ""

    @abstractmethod
    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge everything that the rule is about, the good and the bad."""

    # repo-review copies what its fixtures give: of a control without state there is one.
    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    @property
    def item(self) -> Item:
        """The line of the guideline."""
        # The number of a section has a dot of its own.
        return ITEMS[self.id.rpartition(".")[0]]

    @property
    def rule(self) -> str:
        """The rule, in a line."""
        return self.text.partition("\n")[0]

    @property
    def text(self) -> str:
        """The rule, with why and how."""
        return inspect.cleandoc(type(self).__doc__ or "")


@dataclass(frozen=True)
class Outcome:
    """What came of a control.

    Attributes:
        control: The control.
        status: How it stands.
        judgements: What it looked at.
        faults: What is wrong and nothing waives.
        waived: What is wrong and waived.
        detail: What was looked at, in a line.
    """

    control: Control
    status: Status
    judgements: tuple[Judgement, ...]
    faults: tuple[Judgement, ...]
    waived: tuple[Judgement, ...]
    detail: str
