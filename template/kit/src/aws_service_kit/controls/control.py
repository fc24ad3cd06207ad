"""A control, its judgements and its result."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, Self

from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.resource_types import noun
from aws_service_kit.controls.evidence.source import place
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
        kind: Its kind, in the singular, such as `function`.
        subject: Its name in reports and waivers.
        environment: The environment, if the judgement isn't the same in all of them.
        fault: The fault; empty if there is none.
        type: The CloudFormation type, for a resource.
    """

    kind: str
    subject: str
    environment: str = ""
    fault: str = ""
    type: str = ""


def judge(resource: Resource, fault: str | None = None) -> Judgement:
    """Return the judgement of a resource in a template."""
    return Judgement(
        kind=noun(resource.type),
        subject=resource.name,
        environment=resource.environment,
        fault=fault or "",
        type=resource.type,
    )


def judge_where(evidence: Evidence, resource: Resource, fault: str) -> Judgement:
    """Return the judgement of a resource; a fault names the line of code that creates it."""
    where = place(evidence.source, resource.logical_id) if fault else ""
    return judge(resource, f"{fault} ({where})" if where else fault)


def listed(said: str, names: Collection[str]) -> str:
    """Return a phrase followed by the names; an empty text if there are none."""
    return f"{said} {', '.join(names)}" if names else ""


class Control(ABC):
    """A check of one rule of the guideline.

    A subclass's docstring states the rule, the reason, the remedy and the source.

    Attributes:
        id: The guideline's item and the subject, such as `L5.api-timeout`.
        looks_at: The evidence that it reads.
        by_people: The part of the rule that only people can decide or do, if any.
    """

    id: ClassVar[str]
    looks_at: ClassVar[Literal["templates", "files", "verdicts"]] = "templates"
    by_people: ClassVar[str] = ""

    @abstractmethod
    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Yield a judgement of each subject of the rule, with or without a fault."""

    # repo-review copies the values of its fixtures; a control without state is shared instead.
    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    @property
    def item(self) -> Item:
        """The id of the guideline's item."""
        # A section's number contains a dot itself.
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
        detail: A summary of what was checked, in one line.
    """

    control: Control
    status: Status
    judgements: tuple[Judgement, ...]
    faults: tuple[Judgement, ...]
    waived: tuple[Judgement, ...]
    detail: str
