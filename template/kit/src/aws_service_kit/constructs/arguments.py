"""Check the arguments of constructs at synthesis, before AWS rejects them in a deployment.

The CDK validates templates against CloudFormation's schemas, which state the range of a single
property. Constructs check constraints that the schemas don't state: those between properties, and
limits of the AWS services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aws_service_kit.runtime.former_names import names_renamed, warn

if TYPE_CHECKING:
    from aws_cdk import Duration
    from constructs import IConstruct

Value = TypeVar("Value")


class ArgumentError(ValueError):
    """An argument of a construct is wrong; the message is one line that names the construct."""


def require(construct: IConstruct, valid: bool, message: str) -> None:
    """Reject an argument of a construct unless it is valid.

    Args:
        construct: The construct that the argument is for.
        valid: Whether AWS accepts it.
        message: What is accepted, such as `rotation_days is 1 to 1000`.

    Raises:
        ArgumentError: It isn't valid.
    """
    if not valid:
        raise ArgumentError(f"{construct.node.path}: {message}")


def whole_days(construct: IConstruct, name: str, value: Duration | None) -> int | None:
    """Return a duration in days; None stays None.

    Raises:
        ArgumentError: It isn't a number of whole days.
    """
    if value is None:
        return None
    days = value.to_days(integral=False)
    require(construct, days == int(days), f"{name} is a number of whole days")
    return int(days)


def renamed_argument(
    construct: IConstruct, name: str, value: Value | None, former: str, former_value: Value | None
) -> Value:
    """Return an argument that is passed by its name or, with a warning, by its former name.

    Raises:
        ArgumentError: It is passed by neither.
    """
    if former_value is not None:
        warn(f"{type(construct).__name__}({former}=…)", f"{name}=…", stacklevel=5)
    given = value if former_value is None else former_value
    if given is None:
        raise ArgumentError(f"{construct.node.path}: pass {name}")
    return given


if TYPE_CHECKING:
    check = require
else:
    __getattr__ = names_renamed(__name__, check="require")
