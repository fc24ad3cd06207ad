"""Acknowledge findings of cdk-nag's rule packs, with a reason."""

from collections.abc import Mapping
from datetime import date

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(
    construct: IConstruct, reasons: Mapping[str, str], *, owner: str = "", until: date | None = None
) -> None:
    """Acknowledge findings of a construct.

    The finding and its reason are listed in cdk.out/validation-report.json. The control
    `S-I1.rule-packs` requires an owner and a last day, except for the kit's components.

    Args:
        construct: The narrowest construct that has the findings.
        reasons: The reason for each exact finding, such as `AwsSolutions-IAM5[Resource::*]`.
        owner: The person or team that accepts the finding; empty for the template's components.
        until: The last day on which the finding is accepted.
    """
    end = f" [{owner}, until {until}]" if owner and until else ""
    Validations.of(construct).acknowledge(
        # The report keeps an acknowledgement only if it has the pack's name.
        *(
            Acknowledgment(id=f"{finding.partition('-')[0]}::{finding}", reason=f"{reason}{end}")
            for finding, reason in reasons.items()
        )
    )


def arn_in_findings(owner: IConstruct, arn: str, *, seen_from: IConstruct) -> str:
    """Return an ARN as cdk-nag writes it in a finding about a resource that refers to it.

    Args:
        owner: The construct whose ARN it is.
        arn: The ARN, an attribute of a CloudFormation resource.
        seen_from: The construct that has the finding. In another stack, it refers to an export.
    """
    stack = Stack.of(owner)
    if Stack.of(seen_from) is stack:
        logical_id, attribute = stack.resolve(arn)["Fn::GetAtt"]
        return f"<{logical_id}.{attribute}>"
    # The reference creates the same export, under the same name.
    name: str = stack.resolve(stack.export_value(arn))["Fn::ImportValue"]
    return name
