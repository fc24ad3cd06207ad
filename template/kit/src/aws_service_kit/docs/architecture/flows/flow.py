"""A flow, shown as an arrow, and its ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from aws_service_kit.docs.architecture.assembly import Resource


class Outside(Enum):
    """Something outside of all stacks."""

    CALLERS = "Callers"
    CLOUDWATCH = "CloudWatch"
    EMAIL = "E-mail"


@dataclass(frozen=True)
class Whole:
    """A whole stack, as the end of a flow that concerns many of its resources.

    Attributes:
        stack: Its short name.
    """

    stack: str


End = Resource | Outside | Whole

# calls: the source invokes the target · uses: the source accesses the target · configures: the
# target reads the source · fails: failures of the source are sent to the target · watches:
# monitoring.
Purpose = Literal["calls", "uses", "configures", "fails", "watches"]


@dataclass(frozen=True)
class Flow:
    """A flow from a source to a target.

    Attributes:
        source: Its source.
        target: Its target.
        purpose: Its purpose.
        label: A short description.
    """

    source: End
    target: End
    purpose: Purpose
    label: str = ""
