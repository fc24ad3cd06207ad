"""The guideline's controls over templates, and what holds for every service beside them."""

from aws_service_kit.constructs.function import ROLE_PATH
from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.cdk import REQUIRED_TAGS, STATEFUL
from aws_service_kit.controls.catalog.cloudwatch import SHOWN
from aws_service_kit.controls.control import Control
from aws_service_kit.testing.synthesis import Synthesized

__all__ = ["REQUIRED_TAGS", "SHOWN", "STATEFUL"]

# Which of the controls need nothing but templates.
OF_TEMPLATES = [type(control) for control in CONTROLS if control.looks_at == "templates"]


def faults(synthesized: Synthesized, control: type[Control]) -> list[str]:
    """List what a control finds at fault in what was synthesized, each once for all environments.

    Nothing of it is a choice: with monitoring or without, alarms are to tell somebody.
    """
    found = control().judge(synthesized.evidence)
    return sorted({judgement.subject for judgement in found if judgement.fault})


def roles_outside_the_path(synthesized: Synthesized) -> list[str]:
    """List the roles that a deployment under the permissions boundary can't make."""
    return [
        role.name
        for role in synthesized.resources("AWS::IAM::Role")
        if role.properties.get("Path") != ROLE_PATH
    ]


def alarms_with_action(synthesized: Synthesized) -> list[str]:
    """List the alarms that tell somebody."""
    return [item.name for item in synthesized.resources() if item.properties.get("AlarmActions")]
