"""Exports of a component's attributes for other stacks."""

from aws_cdk import Stack
from constructs import IConstruct


def export(construct: IConstruct, *values: str) -> None:
    """Export attributes of a component, whether or not another stack imports them.

    The CDK exports only what is imported, so it removes an export together with the last import.
    The exporting stack is deployed first, and CloudFormation rejects its update while the deployed
    importing stack still uses the export.

    Args:
        construct: The component.
        values: Attributes of its resources; exports have the names that CDK's references use.
    """
    stack = Stack.of(construct)
    for value in values:
        stack.export_value(value)
