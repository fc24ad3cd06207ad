"""The changes of deployed resources, and the resources that must not be lost."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_service_kit.controls.evidence.resource_types import ADDRESSED, STATEFUL, noun
from aws_service_kit.update.errors import UpdateError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

# Resources with data that can't be restored, or with an address that other systems use.
IRREPLACEABLE = frozenset({*STATEFUL, *ADDRESSED})
# The terms of @aws-cdk/cloudformation-diff.
IMPACTS = {
    "WILL_CREATE": "new",
    "WILL_UPDATE": "changed in place",
    "MAY_REPLACE": "perhaps replaced",
    "WILL_REPLACE": "replaced",
    "WILL_DESTROY": "deleted",
    "WILL_ORPHAN": "left without a stack",
    "WILL_IMPORT": "imported",
    "NO_CHANGE": "the same in AWS",
}
LOSSES = {"MAY_REPLACE", "WILL_REPLACE", "WILL_DESTROY", "WILL_ORPHAN"}
COMPARE = Path(__file__).with_name("compare.mjs")


@dataclass(frozen=True, order=True)
class Difference:
    """A resource that differs between two assemblies.

    Attributes:
        stack: Environment and stack, such as `dev/storage`.
        logical_id: Its logical id.
        type: Its CloudFormation type.
        impact: CloudFormation's action, a key of `IMPACTS`.
        properties: The names of the properties that differ.
    """

    stack: str
    logical_id: str
    type: str
    impact: str
    properties: tuple[str, ...]

    @property
    def name(self) -> str:
        """The resource's name, equal in all environments, such as `storage/Records`."""
        return f"{self.stack.partition('/')[2]}/{self.logical_id}"

    @property
    def loss(self) -> bool:
        """Whether its content would be deleted or unreachable."""
        return self.type in IRREPLACEABLE and self.impact in LOSSES


def compare(before: Path, after: Path) -> list[Difference]:
    """Compare the resources of two synthesized assemblies.

    Raises:
        UpdateError: Node.js or its library isn't installed.
    """
    try:
        result = subprocess.run(  # noqa: S603 - this package's script
            ["node", str(COMPARE), str(before), str(after)],  # noqa: S607 - the environment's
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise UpdateError("Node.js isn't set up: run `python3 dev.py setup`.") from None
    if result.returncode != 0:
        raise UpdateError(f"The resources can't be compared:\n{result.stderr.strip()}")
    found = json.loads(result.stdout)
    return sorted(Difference(**{**each, "properties": tuple(each["properties"])}) for each in found)


def reject_losses(differences: Iterable[Difference], allowed: Collection[str]) -> None:
    """Reject an update that would lose a stateful resource, unless its name is allowed.

    Args:
        differences: The changes of the update.
        allowed: Names of resources that may be replaced or deleted, such as `storage/Records`.

    Raises:
        UpdateError: A resource would be lost, or an allowed name matches no such resource.
    """
    losses = _by_name(each for each in differences if each.loss)
    idle = sorted(set(allowed) - losses.keys())
    if idle:
        raise UpdateError(
            f"--replace {idle[0]}: the update deletes no stateful resource of that name."
        )
    rejected = {name: group for name, group in losses.items() if name not in allowed}
    if rejected:
        lines = "\n".join(f"  {_loss(name, group)}" for name, group in rejected.items())
        options = " ".join(f"--replace {name}" for name in rejected)
        raise UpdateError(
            f"Rejected, because the content of these resources would be lost:\n{lines}\n"
            f"If this is intended and the data is saved elsewhere, add: {options}"
        )


def _by_name(losses: Iterable[Difference]) -> dict[str, list[Difference]]:
    groups: defaultdict[str, list[Difference]] = defaultdict(list)
    for each in losses:
        groups[each.name].append(each)
    return dict(groups)


def _loss(name: str, group: Sequence[Difference]) -> str:
    environments: defaultdict[str, list[str]] = defaultdict(list)
    for each in group:
        environments[IMPACTS[each.impact]].append(each.stack.partition("/")[0])
    impacts = "; ".join(f"{impact} in {', '.join(where)}" for impact, where in environments.items())
    because = f", by {', '.join(group[0].properties)}" if group[0].properties else ""
    return f"{name}: the {noun(group[0].type)} would be {impacts}{because}"
