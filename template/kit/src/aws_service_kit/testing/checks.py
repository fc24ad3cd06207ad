"""Checks of synthesized templates: the guideline's controls, and rules for every service."""

from aws_service_kit.constructs.function import ROLE_PATH
from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.cdk import REQUIRED_TAGS
from aws_service_kit.controls.catalog.cloudwatch import SHOWN
from aws_service_kit.controls.control import Control
from aws_service_kit.controls.evidence.resource_types import STATEFUL
from aws_service_kit.testing.synthesis import Synthesized

__all__ = ["REQUIRED_TAGS", "SHOWN", "STATEFUL"]

# Controls that need only templates.
OF_TEMPLATES = [type(control) for control in CONTROLS if control.looks_at == "templates"]


def faults(synthesized: Synthesized, control: type[Control]) -> list[str]:
    """Return the resources with a fault of a control, each once for all environments.

    The result doesn't depend on the chosen stacks: alarms need a recipient without monitoring, too.
    """
    found = control().judge(synthesized.evidence)
    return sorted({judgement.subject for judgement in found if judgement.fault})


def roles_outside_the_path(synthesized: Synthesized) -> list[str]:
    """Return the roles that a deployment with the permissions boundary can't create."""
    return [
        role.name
        for role in synthesized.resources("AWS::IAM::Role")
        if role.properties.get("Path") != ROLE_PATH
    ]


def alarms_with_action(synthesized: Synthesized) -> list[str]:
    """Return the alarms that have an action."""
    return [item.name for item in synthesized.resources() if item.properties.get("AlarmActions")]
