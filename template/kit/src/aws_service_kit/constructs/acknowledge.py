"""Record why a finding of a rule pack doesn't apply."""

from collections.abc import Mapping
from datetime import date

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(
    construct: IConstruct, reasons: Mapping[str, str], *, owner: str = "", until: date | None = None
) -> None:
    """Acknowledge findings at the construct that they are about.

    The finding and its reason stay in cdk.out/validation-report.json, where the control
    `S-I1.rule-packs` asks for an owner and a last day of whatever no component accepts.

    Args:
        construct: The narrowest construct that has the findings.
        reasons: Exact finding, such as `AwsSolutions-IAM5[Resource::*]`, and why it is accepted.
        owner: Who answers for it; of what a component accepts, the template does.
        until: The last day on which it is accepted.
    """
    end = f" [{owner}, until {until}]" if owner and until else ""
    Validations.of(construct).acknowledge(
        # Only with its pack's name is an acknowledgement kept in the report.
        *(
            Acknowledgment(id=f"{finding.partition('-')[0]}::{finding}", reason=f"{reason}{end}")
            for finding, reason in reasons.items()
        )
    )


def arn_in_findings(owner: IConstruct, arn: str, *, seen_from: IConstruct) -> str:
    """Give how cdk-nag writes an ARN in a finding about something that refers to it.

    Args:
        owner: The construct whose ARN it is.
        arn: The ARN, an attribute of a CloudFormation resource.
        seen_from: The construct that has the finding; in another stack it refers to an export.
    """
    stack = Stack.of(owner)
    if Stack.of(seen_from) is stack:
        logical_id, attribute = stack.resolve(arn)["Fn::GetAtt"]
        return f"<{logical_id}.{attribute}>"
    # The export that the reference makes too, under the same name.
    name: str = stack.resolve(stack.export_value(arn))["Fn::ImportValue"]
    return name
