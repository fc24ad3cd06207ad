"""Check the arguments of components at synthesis, before AWS refuses them in a deployment.

The CDK validates templates against CloudFormation's schemas, which state the range of a single
property. Components check what the schemas don't state: constraints between properties, and limits
of the services themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs import IConstruct


class ArgumentError(ValueError):
    """An argument of a component is wrong; the message is one line that names the construct."""


def check(construct: IConstruct, valid: bool, message: str) -> None:
    """Refuse an argument of a component.

    Args:
        construct: The construct that the argument is for.
        valid: Whether AWS accepts it.
        message: What is accepted, such as `rotation_days is 1 to 1000`.

    Raises:
        ArgumentError: It isn't valid.
    """
    if not valid:
        raise ArgumentError(f"{construct.node.path}: {message}")
