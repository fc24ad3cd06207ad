"""What the controls look at, each part read once."""

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


# repo-review copies and compares what its fixtures give, for every check: there is one of these.
@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of a repository.

    Attributes:
        root: The repository's folder.
        today: The day on which it is asked.
        folder: The cloud assembly; `cdk.out` by default.
    """

    root: Path
    today: date
    folder: Path | None = None

    @cached_property
    def source(self) -> Source:
        """The files."""
        return Source(self.root)

    @cached_property
    def kit_differences(self) -> tuple[Difference, ...]:
        """The files of a vendored kit that aren't its release's."""
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
        """What other tools decided."""
        return Verdicts(self.source)

    def chose(self, stack: str) -> bool:
        """Tell whether the repository has a stack that its template offers as a choice.

        One that no template made has no choice: everything is asked of it.
        """
        answers = self.source.yaml(ANSWERS)
        if answers is None:
            return True
        module = self.root / "infrastructure" / "stacks" / f"{stack}.py"
        return stack in answers.get("stacks", ()) or module.is_file()

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of some types in the templates."""
        return self.assembly.resources(*types)

    def owners(self, resource: Resource, *path: str) -> list[Resource]:
        """Give what a property of a resource refers to, a function in place of its alias."""
        return self.assembly.owners(resource, resource.get(*path))

    def named(self, resource: Resource, value: Value) -> list[Resource]:
        """Give what a value in a resource's template refers to."""
        return self.assembly.named_by(resource, value)

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self
