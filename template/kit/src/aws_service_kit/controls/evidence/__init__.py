"""The evidence that controls read, each part loaded once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

from aws_service_kit.controls.evidence import assembly, policies
from aws_service_kit.controls.evidence.assembly import Assembly, Resource
from aws_service_kit.controls.evidence.policies import Statement
from aws_service_kit.controls.evidence.release import Difference, differences
from aws_service_kit.controls.evidence.source import Source
from aws_service_kit.controls.evidence.values import Value
from aws_service_kit.controls.evidence.verdicts import Verdicts

ANSWERS = ".copier-answers.yml"


# repo-review copies and compares the values of its fixtures for every check; one instance is
# shared.
@dataclass(frozen=True, eq=False)
class Evidence:
    """The evidence of one repository.

    Attributes:
        root: The repository's folder.
        today: The date of the review.
        folder: The cloud assembly; `cdk.out` by default.
    """

    root: Path
    today: date
    folder: Path | None = None

    @cached_property
    def source(self) -> Source:
        """The repository's files."""
        return Source(self.root)

    @cached_property
    def kit_differences(self) -> tuple[Difference, ...]:
        """The files of a vendored kit that differ from its release."""
        return tuple(differences(self.root))

    @cached_property
    def assembly(self) -> Assembly:
        """The synthesized templates."""
        return assembly.read(self.folder or self.root / assembly.FOLDER)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of all policies in the templates."""
        return tuple(policies.statements(self.assembly))

    @cached_property
    def verdicts(self) -> Verdicts:
        """The saved results of other tools."""
        return Verdicts(self.source)

    def has_stack(self, stack: str) -> bool:
        """Return whether the repository has an optional stack.

        A repository that wasn't generated has no optional stacks, so every rule applies to it.
        """
        answers = self.source.yaml(ANSWERS)
        if answers is None:
            return True
        module = self.root / "infrastructure" / "stacks" / f"{stack}.py"
        return stack in answers.get("stacks", ()) or module.is_file()

    @property
    def empty_scaffold(self) -> bool:
        """Whether the service was created without a sample, or its sample was removed."""
        return (self.source.yaml(ANSWERS) or {}).get("scaffold") == "empty"

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of the given types."""
        return self.assembly.resources(*types)

    def owners(self, resource: Resource, *path: str) -> list[Resource]:
        """Return the resources that a property refers to; functions replace their aliases."""
        return self.assembly.owners(resource, resource.get(*path))

    def named(self, resource: Resource, value: Value) -> list[Resource]:
        """Return the resources that a value in a resource's template refers to."""
        return self.assembly.named_by(resource, value)

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self
