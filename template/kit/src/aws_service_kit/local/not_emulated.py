"""What the emulator can't make, so that a local deployment goes without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import CfnResource

if TYPE_CHECKING:
    from aws_cdk import Stage
    from constructs import IConstruct


@dataclass(frozen=True)
class NotEmulated:
    """A kind of resource that is left out.

    The tests of the templates assert on it instead, in every other environment.

    Attributes:
        kind: Its type in CloudFormation.
        instead: What that means for who tries the service locally.
        only_with: Only those that have this property, in Python's spelling.
    """

    kind: str
    instead: str
    only_with: str | None = None

    def covers(self, resource: CfnResource) -> bool:
        """Tell whether a resource is one of these."""
        if resource.cfn_resource_type != self.kind:
            return False
        return self.only_with is None or getattr(resource, self.only_with) is not None


NOT_EMULATED = (
    NotEmulated("AWS::Budgets::Budget", "nothing costs anything"),
    NotEmulated("AWS::CE::AnomalyMonitor", "nothing costs anything"),
    NotEmulated("AWS::CE::AnomalySubscription", "nothing costs anything"),
    NotEmulated("AWS::CloudWatch::Alarm", "alarms on sums of metrics are left out", "metrics"),
    NotEmulated("AWS::CloudWatch::CompositeAlarm", "no alarms on service levels"),
    NotEmulated("AWS::CloudWatch::Dashboard", "no dashboard, which would show left-out alarms"),
    NotEmulated("AWS::EC2::FlowLog", "nobody records what flows in the network"),
    NotEmulated("AWS::Events::Archive", "events can't be replayed"),
    NotEmulated("AWS::Logs::QueryDefinition", "no saved queries"),
    NotEmulated("AWS::SecretsManager::ResourcePolicy", "secrets don't look who asks"),
    NotEmulated("AWS::SecretsManager::RotationSchedule", "secrets rotate when somebody says so"),
)


def leave_out(stage: Stage) -> list[NotEmulated]:
    """Take what the emulator can't make out of a stage, and stacks of which nothing is left.

    Returns:
        What of the list the stage had.
    """
    resources = [each for each in stage.node.find_all() if isinstance(each, CfnResource)]
    found = {
        resource: entry
        for resource in resources
        for entry in NOT_EMULATED
        if entry.covers(resource)
    }
    for resource in found:
        _remove(resource)
    for child in stage.node.children:
        if not any(isinstance(each, CfnResource) for each in child.node.find_all()):
            _remove(child)
    return [entry for entry in NOT_EMULATED if entry in found.values()]


def _remove(construct: IConstruct) -> None:
    scope = construct.node.scope
    if scope is not None:
        scope.node.try_remove_child(construct.node.id)
