"""What other stacks may import of a component."""

from aws_cdk import Stack
from constructs import IConstruct


def export(construct: IConstruct, *values: str) -> None:
    """Export attributes of a component, whether another stack imports them or not.

    By itself the CDK exports what is imported. When the last import goes, the export goes with it,
    in the stack that is deployed first: CloudFormation refuses that while the other one, as it is
    deployed, still imports it.

    Args:
        construct: The component.
        values: Attributes of its resources, under the names that imports give them too.
    """
    stack = Stack.of(construct)
    for value in values:
        stack.export_value(value)
