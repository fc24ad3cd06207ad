"""One environment of the service, which every construct finds by its scope."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypedDict, cast

from aws_cdk import Stack
from typing_extensions import deprecated

from aws_service_kit.config.tags import tags_of
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.runtime.former_names import warn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aws_cdk import Duration
    from aws_cdk import aws_apigateway as apigateway
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sns as sns
    from aws_cdk.aws_logs import ILogGroup
    from constructs import IConstruct, Node

    from aws_service_kit.config import EnvironmentConfig, ServiceConfig
    from aws_service_kit.constructs.route import Route
    from aws_service_kit.constructs.widgets import Widget


class DataKey(Protocol):
    """The key that encrypts an environment's data: an `EncryptionKey`."""

    arn: str

    def allow_service(
        self, service: str, condition: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Allow an AWS service to use the key for deliveries to encrypted queues."""

    def statement(self, service: str, actions: Sequence[str]) -> iam.PolicyStatement:
        """Return the statement that allows a role to use the key through one AWS service."""

    def state_machine_statements(self) -> list[iam.PolicyStatement]:
        """Return the statements that allow a state machine's role to use the key."""


class FunctionNetwork(Protocol):
    """The network of functions: a `Vpc`."""

    attach_functions: bool
    subnet_ids: list[str]
    security_group_id: str

    def add_endpoints_for(self, function: IConstruct, actions: Sequence[str]) -> None:
        """Add the endpoints that a function needs to call some actions."""


class AlarmTarget(Protocol):
    """The recipient of alarms: an `AlarmTopic`."""

    topic: sns.Topic


class RoutedApi(Protocol):
    """A REST API and its routes: a `RestApi`."""

    api: apigateway.RestApi
    routes: list[Route]

    @property
    def domain(self) -> object | None:
        """The custom domain, if the API has one."""


class MonitoredFunction(Protocol):
    """A function whose metrics are shown and alarmed: a `Function`."""

    function: lambda_.Function

    @property
    def node(self) -> Node:
        """Its place in the tree of constructs."""

    def metric_faults(self, period: Duration | None = None) -> cloudwatch.Metric:
        """Return the number of faults of the service that the function counts."""


class FailureDestination(Protocol):
    """A queue for events that a function failed to process: a `DeadLetterQueue`."""

    arn: str

    @property
    def node(self) -> Node:
        """Its place in the tree of constructs."""


class Former(TypedDict, total=False):
    """Deprecated keyword arguments of constructs, from before 2.1.0."""

    service: ServiceEnvironment


@dataclass(kw_only=True)
class ServiceEnvironment:
    """An environment of the service: its configuration, and lists in which constructs register.

    Attributes:
        config: The configuration of the whole service.
        settings: This environment's part of it.
        bundle: Folder with the code and dependencies of every function.
        provided: Names of all resources that the stacks provide, whether already built or not.
        key: The environment's KMS key, if its configuration has one. It is created before every
            other resource.
        network: The network that functions are attached to. A `Vpc` registers itself.
        alarm_topic: Where alarms are sent. An `AlarmTopic` registers itself.
        apis: Every API created so far. The OpenAPI document and service levels use the first.
        functions: Every function created so far.
        alarms: Every alarm created so far.
        log_groups: The log groups of all functions created so far.
        widgets: The dashboard widgets of every resource created so far.
        configurable: Ids of the constructs created so far that team.toml can configure, by the
            table that configures them.
    """

    config: ServiceConfig
    settings: EnvironmentConfig
    bundle: Path
    provided: frozenset[str] = frozenset()
    key: DataKey | None = None
    network: FunctionNetwork | None = None
    alarm_topic: AlarmTarget | None = None
    apis: list[RoutedApi] = field(default_factory=list)
    functions: list[MonitoredFunction] = field(default_factory=list)
    alarms: list[cloudwatch.AlarmBase] = field(default_factory=list)
    log_groups: list[ILogGroup] = field(default_factory=list)
    widgets: list[Widget] = field(default_factory=list)
    configurable: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, scope: IConstruct, *, service: ServiceEnvironment | None = None
    ) -> ServiceEnvironment:
        """Return the environment of the ServiceStack that a construct is in.

        Args:
            scope: The construct.
            service: Deprecated: the environment, which constructs were passed before 2.1.0.

        Raises:
            ArgumentError: The construct isn't in a ServiceStack.
        """
        stack = Stack.of(scope)
        if service is not None:
            warn(f"{type(scope).__name__}(service=…)", "ServiceEnvironment.of(scope)", stacklevel=5)
            vars(stack).setdefault("service_environment", service)
        environment = getattr(stack, "service_environment", None)
        if environment is None:
            raise ArgumentError(f"{scope.node.path}: its stack isn't a ServiceStack")
        return cast("ServiceEnvironment", environment)

    @property
    def name(self) -> str:
        """The service's name."""
        return self.config.service.name

    @property
    @deprecated("service.environment is called environment.settings since 2.1.0")
    def environment(self) -> EnvironmentConfig:
        """The former name of `settings`."""
        return self.settings

    @property
    def metrics_namespace(self) -> str:
        """The CloudWatch namespace of the metrics that functions write."""
        return f"{self.config.service.organisation}/{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every stack and of every resource that takes tags (guideline, 9.4)."""
        return tags_of(self.config, self.settings)

    def provides(self, name: str) -> bool:
        """Return whether some stack provides a resource, whether already built or not.

        Args:
            name: The annotated attribute of the stack's class, such as `submissions`.
        """
        return name in self.provided
