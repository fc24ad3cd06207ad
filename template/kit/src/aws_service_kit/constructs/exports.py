"""Exports of a component's attributes for other stacks."""

from aws_cdk import Stack
from constructs import IConstruct


def export(construct: IConstruct, *values: str) -> None:
    """Export attributes of a component, whether or not another stack imports them.

    By default, the CDK removes an export together with its last import. CloudFormation rejects that
    update: the exporting stack is deployed first, while the deployed importing stack still uses the
    export.

    Args:
        construct: The component.
        values: Attributes of its resources; exports have the names that CDK's references use.
    """
    stack = Stack.of(construct)
    for value in values:
        stack.export_value(value)
