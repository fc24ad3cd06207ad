"""Resources that the emulator doesn't support; local deployments leave them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import CfnResource

from aws_service_kit.app.synthesis import remove_empty_stacks

if TYPE_CHECKING:
    from aws_cdk import Stage
    from constructs import IConstruct


@dataclass(frozen=True)
class Unsupported:
    """A type of resource that the emulator doesn't support.

    Template tests cover these resources in the other environments.

    Attributes:
        type: The CloudFormation type.
        instead: The consequence in the local environment.
        only_with: The property, in Python's spelling, with which resources are left out; None
            leaves out all resources of the type.
    """

    type: str
    instead: str
    only_with: str | None = None

    def covers(self, resource: CfnResource) -> bool:
        """Return whether a resource is of this type."""
        if resource.cfn_resource_type != self.type:
            return False
        return self.only_with is None or getattr(resource, self.only_with) is not None


UNSUPPORTED = (
    Unsupported("AWS::Budgets::Budget", "no budget; the emulator has no costs"),
    Unsupported("AWS::CE::AnomalyMonitor", "no detection of anomalies in costs"),
    Unsupported("AWS::CE::AnomalySubscription", "no notifications of anomalies in costs"),
    Unsupported("AWS::CloudWatch::Alarm", "alarms on sums of metrics are left out", "metrics"),
    Unsupported("AWS::CloudWatch::CompositeAlarm", "no alarms on service levels"),
    Unsupported("AWS::CloudWatch::Dashboard", "no dashboard"),
    Unsupported("AWS::EC2::FlowLog", "the network's traffic isn't recorded"),
    Unsupported("AWS::Events::Archive", "events can't be replayed"),
    Unsupported("AWS::Logs::QueryDefinition", "no saved queries"),
    Unsupported(
        "AWS::SecretsManager::ResourcePolicy", "resource policies of secrets aren't enforced"
    ),
    Unsupported("AWS::SecretsManager::RotationSchedule", "secrets aren't rotated automatically"),
)


def leave_out(stage: Stage) -> list[Unsupported]:
    """Remove unsupported resources from a stage, and stacks that are empty after that.

    Returns:
        The entries of the list that the stage contained.
    """
    resources = [each for each in stage.node.find_all() if isinstance(each, CfnResource)]
    found = {
        resource: entry for resource in resources for entry in UNSUPPORTED if entry.covers(resource)
    }
    for resource in found:
        _remove(resource)
    remove_empty_stacks(stage)
    return [entry for entry in UNSUPPORTED if entry in found.values()]


def _remove(construct: IConstruct) -> None:
    scope = construct.node.scope
    if scope is not None:
        scope.node.try_remove_child(construct.node.id)
