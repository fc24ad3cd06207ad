"""The former name of the module `environment`, with its attributes before 2.1.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from typing_extensions import deprecated

from aws_service_kit.constructs.environment import ServiceEnvironment

if TYPE_CHECKING:
    from aws_service_kit.constructs.api import RestApi
    from aws_service_kit.constructs.bucket import Bucket
    from aws_service_kit.constructs.event_bus import EventBus
    from aws_service_kit.constructs.queue import Queue
    from aws_service_kit.constructs.state_machine import StateMachine
    from aws_service_kit.constructs.table import Table
    from aws_service_kit.constructs.topic import Topic
    from aws_service_kit.constructs.vpc import Vpc
    from aws_service_kit.constructs.widgets import Widget

Resource = TypeVar("Resource")

# Names of resources in stack classes, by their names in modules with OFFERS and USES.
FORMER_NAMES = {
    "table": "records",
    "queue": "submissions",
    "topic": "notifications",
    "reports": "reports",
    "bus": "events",
    "workflow": "processing",
    "api": "api",
    "vpc": "network",
    "alarm_topic": "alarm_topic",
}

# The value of USES of a stack that is built after all others and reads their resources.
EVERYTHING = ("*",)


class MissingNeighbourError(Exception):
    """A module with USES requires a resource that no stack provides."""


class Service(ServiceEnvironment):
    """The environment as a module with `build(stage, service)` gets it.

    It shares its state with the environment that it is made from.
    """

    table: Table | None = None
    queue: Queue | None = None
    topic: Topic | None = None
    reports: Bucket | None = None
    bus: EventBus | None = None
    workflow: StateMachine | None = None
    api: RestApi | None = None
    vpc: Vpc | None = None

    @classmethod
    def around(cls, environment: ServiceEnvironment) -> Service:
        """Return an environment under its former name."""
        service = cls.__new__(cls)
        service.__dict__ = environment.__dict__
        return service

    @property
    def offered(self) -> frozenset[str]:
        """The former names of all resources that stacks provide, whether already built or not."""
        return frozenset(old for old, new in FORMER_NAMES.items() if self.provides(new))

    @property
    @deprecated("service.graphs is called service.widgets since 1.2.0")
    def graphs(self) -> list[Widget]:
        """The former name of `widgets`, before 1.2.0."""
        return self.widgets


def require(neighbour: Resource | None, name: str) -> Resource:
    """Return a resource that a module with USES requires.

    Args:
        neighbour: An attribute of the service, such as `service.table`.
        name: The attribute's name, for the error.

    Raises:
        MissingNeighbourError: No stack provides it.
    """
    if neighbour is None:
        raise MissingNeighbourError(
            f"no stack provides {name!r}: add one to infrastructure/stacks, and {name!r} to USES"
        )
    return neighbour
