"""An arrow of the diagram, and its ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from aws_service_kit.docs.architecture.assembly import Resource


class Outside(Enum):
    """What no stack holds."""

    CALLERS = "Callers"
    CLOUDWATCH = "CloudWatch"
    EMAIL = "E-mail"


@dataclass(frozen=True)
class Whole:
    """A whole stack, for what concerns many of its resources.

    Attributes:
        stack: Its short name.
    """

    stack: str


End = Resource | Outside | Whole

# calls: the source makes the target work · uses: the source works with the target · configures: the
# target reads the source · fails: what the source couldn't get done ends in the target · watches.
Purpose = Literal["calls", "uses", "configures", "fails", "watches"]


@dataclass(frozen=True)
class Flow:
    """An arrow.

    Attributes:
        source: Where it begins.
        target: Where it ends.
        purpose: What it is there for.
        label: What goes along it, in a few words.
    """

    source: End
    target: End
    purpose: Purpose
    label: str = ""
