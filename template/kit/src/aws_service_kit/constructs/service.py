"""Where the stacks of one environment meet."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import deprecated

from aws_service_kit.config import GUIDELINE_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk.aws_cloudwatch import AlarmBase
    from aws_cdk.aws_logs import ILogGroup

    from aws_service_kit.config import EnvironmentConfig, ServiceConfig
    from aws_service_kit.constructs.alarm_topic import AlarmTopic
    from aws_service_kit.constructs.api import RestApi
    from aws_service_kit.constructs.bucket import Bucket
    from aws_service_kit.constructs.encryption_key import EncryptionKey
    from aws_service_kit.constructs.event_bus import EventBus
    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.queue import Queue
    from aws_service_kit.constructs.state_machine import StateMachine
    from aws_service_kit.constructs.table import Table
    from aws_service_kit.constructs.topic import Topic
    from aws_service_kit.constructs.vpc import Vpc
    from aws_service_kit.constructs.widgets import Widget

Resource = TypeVar("Resource")


class MissingNeighbourError(Exception):
    """A stack needs what no other stack offers."""


@dataclass(kw_only=True)
class Service:
    """One environment's configuration, what its stacks offer each other, and what they hold.

    Attributes:
        config: The whole configuration.
        environment: This environment's part of it.
        bundle: Folder with the code and dependencies that every function runs from.
        table: The records' table, offered by the storage stack.
        queue: The queue for submitted requests, offered by the messaging stack.
        topic: The topic for notifications, offered by the messaging stack.
        reports: The bucket for reports, offered by the reports stack.
        bus: The bus for events, offered by the events stack.
        workflow: The state machine that processes requests, offered by the workflow stack.
        vpc: The network that every function is in, offered by the vpc stack.
        api: The REST API, offered by the api stack.
        alarm_topic: Where every alarm is sent, offered by the monitoring stack.
        key: The environment's own key, if its configuration chooses one; made before every stack.
        offered: Names of all attributes that some stack sets, whether it did already or not.
        functions: Every function made so far; components add themselves.
        alarms: Every alarm made so far; components add them.
        log_groups: The log groups of all functions made so far; components add them.
        widgets: What the dashboard shows of every resource made so far; components add theirs.
    """

    config: ServiceConfig
    environment: EnvironmentConfig
    bundle: Path
    table: Table | None = None
    queue: Queue | None = None
    topic: Topic | None = None
    reports: Bucket | None = None
    bus: EventBus | None = None
    workflow: StateMachine | None = None
    vpc: Vpc | None = None
    api: RestApi | None = None
    alarm_topic: AlarmTopic | None = None
    key: EncryptionKey | None = None
    offered: frozenset[str] = frozenset()
    functions: list[ServiceFunction] = field(default_factory=list)
    alarms: list[AlarmBase] = field(default_factory=list)
    log_groups: list[ILogGroup] = field(default_factory=list)
    widgets: list[Widget] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The service's name."""
        return self.config.service.name

    @property
    @deprecated("service.graphs is called service.widgets since 1.2.0")
    def graphs(self) -> list[Widget]:
        """What `widgets` was called before 1.2.0."""
        return self.widgets

    @property
    def metrics_namespace(self) -> str:
        """The CloudWatch namespace of the metrics that functions write."""
        return f"{self.config.service.organisation}/{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every stack and of every resource that takes tags (guideline, 9.4)."""
        return {
            "service": self.name,
            "owner": self.config.service.owner,
            "cost-center": self.config.service.cost_center,
            "environment": self.environment.name,
            "managed-by": "cdk",
            "guideline-version": GUIDELINE_VERSION,
        }


# What OFFERS and USES of a stack may name.
NEIGHBOURS = frozenset(item.name for item in fields(Service) if item.default is None)

# What components use by themselves, so that every other stack comes after those that offer it.
FOUNDATIONS = ("vpc", "alarm_topic")

# As USES: the stack comes after every other, and reads what they all have made.
EVERYTHING = ("*",)


def require(neighbour: Resource | None, name: str) -> Resource:
    """Give a neighbour that a stack can't do without.

    Args:
        neighbour: An attribute of the service, such as `service.table`.
        name: The attribute's name, for the error.

    Raises:
        MissingNeighbourError: No stack offers it.
    """
    if neighbour is None:
        raise MissingNeighbourError(
            f"no stack offers {name!r}: add one to infrastructure/stacks, and {name!r} to USES here"
        )
    return neighbour
