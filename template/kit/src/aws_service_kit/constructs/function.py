"""A Lambda function (guideline, sections 2, 3.2, 6 and 9)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from aws_service_kit.config.resources import LONGEST_TIMEOUT_SECONDS, FunctionSettings
from aws_service_kit.config.runtimes import NEWEST
from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import ENCRYPT_ACTIONS, encryption_key_for
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.log_group import LogGroup
from aws_service_kit.constructs.network_interfaces import REASON, network_interfaces
from aws_service_kit.constructs.values import key_of_team, settings_of
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.runtime.former_names import names_renamed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from aws_service_kit.config import EnvironmentConfig
    from aws_service_kit.constructs.environment import FailureDestination, Former

ALIAS = "live"

# The control C3.wildcards checks these actions against its table.
WITHOUT_RESOURCE = "The actions of this policy don't support resource-level permissions."

# The permissions boundary allows a deployment to create, change and pass roles of this path only,
# not other roles of the account (operations/permissions-boundary.json).
ROLE_PATH = "/services/"


class Function(Construct):
    """A Lambda function with a dedicated role, log group, alias and alarms.

    The function is added to its environment's `functions`, its log group to `log_groups`.

    Callers invoke the alias `live`. In an environment with canary deployments, CodeDeploy shifts
    its traffic to new code step by step, and rolls back on an alarm.

    Example:
        ```python
        ship_order = Function(
            stack,
            "ShipOrder",
            handler="service.handlers.ship_order.handler",
            memory_mb=512,
            timeout=Duration.seconds(20),
            environment={"TABLE_NAME": table.name},
        )
        table.grant(ship_order, "dynamodb:GetItem", "dynamodb:UpdateItem")
        ```

    Args:
        handler: Dotted path of the callable, such as `service.handlers.health.handler`.
        memory_mb: Memory, and with it CPU, in MB.
        timeout: Time-out of an invocation.
        environment: Environment variables, in addition to those of every function.
        on_failure: Destination of events whose asynchronous invocation failed after all retries.
            Required for every function that a service such as EventBridge, Scheduler, SNS or S3
            invokes.
        in_vpc: Attach the function to the service's network, if there is one. False for a function
            that calls a service without an endpoint. It may be changed later: while the service has
            a network, Lambda may delete the function's former network interfaces.
        reserved_concurrency: Number of concurrent invocations that are reserved for the function,
            and its limit; None uses the account's unreserved concurrency.

    Attributes:
        module: The last part of the handler's module, such as `ship_order`.
        role: The function's dedicated role; extend it with `allow`.
        function: CDK's function.
        alias: The alias `live`, which callers invoke.
        timeout: The time-out, as given or as in `functions` of team.toml for this environment.
        added_timeout: Seconds that team.toml adds to the given time-out.
        reserved_concurrency: The reserved concurrency, as given or as in team.toml.

    Raises:
        ArgumentError: With team.toml, the time-out is longer than Lambda's maximum.
    """

    def __init__(  # noqa: PLR0913 (keywords that say what they set, most of them optional)
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        memory_mb: int,
        timeout: Duration,
        environment: Mapping[str, str] | None = None,
        on_failure: FailureDestination | None = None,
        in_vpc: bool = True,
        reserved_concurrency: int | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        service = ServiceEnvironment.of(self, **former)
        settings = settings_of(
            self,
            FunctionSettings,
            timeout_seconds=timeout.to_seconds(),
            memory_mb=memory_mb,
            reserved_concurrency=reserved_concurrency,
        )
        self.timeout = self._timeout(timeout, settings, service)
        self.added_timeout = max(0, self.timeout.to_seconds() - timeout.to_seconds())
        self.reserved_concurrency = settings.reserved_concurrency
        self._name = self.node.id
        self._environment = service
        self._network = service.network if in_vpc else None
        self.module = handler.split(".")[-2]
        self._statement_ids: set[str] = set()
        self._key_policy = iam.PolicyDocument()
        self._key_statements: dict[str, iam.PolicyStatement] = {}
        log_group = LogGroup(self, "Logs")
        self.role = self._add_role()
        self.function = lambda_.Function(
            self,
            "Function",
            handler=handler,
            runtime=_runtime(service.config.lambda_.runtime),
            architecture=_architecture(service.config.lambda_.architecture),
            code=lambda_.Code.from_asset(str(service.bundle)),
            role=self.role,
            memory_size=settings.memory_mb,
            timeout=self.timeout,
            reserved_concurrent_executions=settings.reserved_concurrency,
            environment={**_common_environment(service), **(environment or {})},
            environment_encryption=encryption_key_for(self),
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=_log_level(service),
            system_log_level_v2=lambda_.SystemLogLevel.INFO,
        )
        self._trace()
        self._attach()
        self.allow(
            "WriteOwnLogs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
            from_code=False,
        )
        self.alias = lambda_.Alias(
            self, "Live", alias_name=ALIAS, version=self.function.current_version
        )
        alarms = self._add_alarms()
        if service.settings.canary:
            self._add_canary(alarms)
        if on_failure is not None:
            self._send_failures_to(on_failure)
        self._acknowledge(asynchronous=on_failure is not None)
        self._add_widgets()
        service.functions.append(self)
        service.log_groups.append(log_group)

    def allow(
        self,
        sid: str,
        *,
        actions: Sequence[str],
        resources: Sequence[str],
        from_code: bool = True,
    ) -> None:
        """Allow the function some actions on some resources.

        Args:
            sid: Statement id that names the purpose, in letters and digits; unique in the function.
            actions: Exact actions; a wildcard fails the synthesis.
            resources: Exact ARNs; a wildcard fails the synthesis.
            from_code: The function's code makes the calls, and needs endpoints for them in a
                network. False for calls that Lambda itself makes with the function's role: for
                logs, traces, event sources and destinations.
                https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html

        Raises:
            ArgumentError: The statement id is taken, or no endpoint is known for one of the
                actions.
        """
        self._take(sid, actions, from_code=from_code)
        self.role.add_to_policy(
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(resources))
        )

    def allow_without_resource(self, sid: str, *, actions: Sequence[str], reason: str) -> None:
        """Allow the function actions that don't support resources, in a separate policy.

        Args:
            sid: Statement id that names the purpose, in letters and digits; unique in the function.
            actions: Exact actions, which `WITHOUT_RESOURCES` of the guideline's controls lists too
                (kit/src/aws_service_kit/controls/evidence/wildcards.py).
            reason: Why the actions have no resource; it acknowledges the wildcard.

        Raises:
            ArgumentError: The statement id is taken, or no endpoint is known for one of the
                actions.
        """
        self._take(sid, actions, from_code=True)
        statement = iam.PolicyStatement(sid=sid, actions=list(actions), resources=["*"])
        policy = iam.Policy(self, sid, roles=[self.role], statements=[statement])
        # As CDK does for the role's default policy.
        self.function.node.add_dependency(policy)
        acknowledge(policy, {"AwsSolutions-IAM5[Resource::*]": f"{reason} {WITHOUT_RESOURCE}"})

    def use_key(self, service: str, actions: Sequence[str]) -> None:
        """Allow the function to use the environment's key, through one AWS service only.

        It does nothing in an environment without a key. Components call it in their `grant_*`.

        Args:
            service: First part of the service's endpoint, such as `sqs`.
            actions: Exact actions, such as `kms:Decrypt`.
        """
        key = self._environment.key
        if key is None:
            return
        if not self._key_statements:
            # An inline policy of the role, separate from the policy for resources.
            role = cfn_resource(self.role, iam.CfnRole)
            policy = iam.CfnRole.PolicyProperty(policy_name="Key", policy_document=self._key_policy)
            role.policies = [*cast("list[iam.CfnRole.PolicyProperty]", role.policies), policy]
        if service not in self._key_statements:
            self._key_statements[service] = key.statement(service, actions)
            self._key_policy.add_statements(self._key_statements[service])
        self._key_statements[service].add_actions(*actions)

    def add_environment(self, name: str, value: str) -> None:
        """Set an environment variable."""
        self.function.add_environment(name, value)

    def _take(self, sid: str, actions: Sequence[str], *, from_code: bool) -> None:
        free = sid not in self._statement_ids
        require(self, free, f"statement id {sid!r} is taken; grant in one call")
        if self._network is not None and from_code:
            self._network.add_endpoints_for(self, actions)
        self._statement_ids.add(sid)

    def _timeout(
        self, given: Duration, settings: FunctionSettings, environment: ServiceEnvironment
    ) -> Duration:
        seconds = (settings.timeout_seconds or 0) + settings.additional_timeout_seconds
        if seconds == given.to_seconds():
            return given
        key = key_of_team(environment, settings.TABLE, self.node.id)
        longest = LONGEST_TIMEOUT_SECONDS
        fits = seconds <= longest
        require(self, fits, f"{key}: a time-out of {seconds:g} s, Lambda takes {longest} s at most")
        return Duration.seconds(seconds)

    def _add_role(self) -> iam.Role:
        # X-Ray's write actions don't support resources, so this is the only wildcard. It is in a
        # separate policy, so that its acknowledgement covers nothing else.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        tracing = iam.PolicyStatement(
            sid="WriteTraces",
            actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            resources=["*"],
        )
        policies = {"Tracing": iam.PolicyDocument(statements=[tracing])}
        reason = "X-Ray's write actions don't support resource-level permissions."
        # Also for a function outside the network: about twenty minutes after a function leaves
        # it, Lambda deletes the function's network interfaces with this role.
        if self._environment.network is not None:
            policies["NetworkInterfaces"] = network_interfaces()
            reason = f"{reason} {REASON}"
        role = iam.Role(
            self,
            "Role",
            path=ROLE_PATH,
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies=policies,
        )
        acknowledge(
            cfn_resource(role, iam.CfnRole),
            {
                "AwsSolutions-IAM5[Resource::*]": reason,
                "Serverless-LambdaStarPermissions": reason,
            },
        )
        return role

    def _trace(self) -> None:
        # CDK's `tracing` adds a second statement to the role, without an id.
        cfn = cfn_resource(self.function, lambda_.CfnFunction)
        cfn.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")

    def _attach(self) -> None:
        if self._network is None or not self._network.attach_functions:
            return
        # CDK's `vpc` adds a managed policy to the role, which the function's code could use, too.
        cfn = cfn_resource(self.function, lambda_.CfnFunction)
        cfn.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=self._network.subnet_ids,
            security_group_ids=[self._network.security_group_id],
        )

    def _add_alarms(self) -> list[cloudwatch.Alarm]:
        name = self._name
        minute = _minute()
        thresholds = self._environment.settings.alarms
        share = thresholds.function_latency_percent_of_timeout / 100
        limit = self.timeout.to_milliseconds() * share
        return [
            add_alarm(
                self,
                "Errors",
                metric=self.alias.metric_errors(period=minute),
                threshold=thresholds.function_errors_per_minute,
                description=f"{name} raises errors: read its log group for the exception.",
            ),
            add_alarm(
                self,
                "Faults",
                metric=self.metric_faults(minute),
                threshold=thresholds.function_errors_per_minute,
                description=f"{name} answers 500 for faults of its own: read its log group.",
            ),
            add_alarm(
                self,
                "Throttles",
                metric=self.alias.metric_throttles(period=minute),
                threshold=thresholds.function_throttles_per_minute,
                description=f"{name} is throttled: the account's concurrency is used up.",
            ),
            add_alarm(
                self,
                "Latency",
                metric=self.alias.metric_duration(period=minute, statistic="p95"),
                threshold=limit,
                description=f"{name} is near its time-out at p95: a dependency may be slow.",
                minutes=thresholds.function_latency_minutes,
            ),
        ]

    def metric_faults(self, period: Duration | None = None) -> cloudwatch.Metric:
        """Return the metric of the function's faults of the service."""
        # A fault with a response isn't an error for Lambda; only the runtime's metric counts it.
        environment = _common_environment(self._environment)
        return cloudwatch.Metric(
            namespace=environment["POWERTOOLS_METRICS_NAMESPACE"],
            metric_name="ServiceFault",
            dimensions_map={
                "service": environment["POWERTOOLS_SERVICE_NAME"],
                "environment": environment["ENVIRONMENT"],
                "operation": self.module,
            },
            period=period,
            statistic="Sum",
        )

    def _add_widgets(self) -> None:
        function = self.function
        shown = {
            "calls": [
                function.metric_invocations(),
                function.metric_errors(),
                function.metric_throttles(),
            ],
            "duration at p95": [function.metric_duration(statistic="p95")],
            "calls at once": [function.metric("ConcurrentExecutions", statistic="Maximum")],
        }
        self._environment.widgets.extend(
            Widget(kind="Functions", name=self._name, shows=shows, metrics=metrics)
            for shows, metrics in shown.items()
        )

    def _add_canary(self, alarms: Sequence[cloudwatch.Alarm]) -> None:
        role = iam.Role(
            self,
            "CanaryRole",
            path=ROLE_PATH,
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
        )
        codedeploy.LambdaDeploymentGroup(
            self,
            "Canary",
            role=role,
            alias=self.alias,
            deployment_config=_canary(self, self._environment.settings),
            alarms=alarms,
        )
        policy = "arn:<AWS::Partition>:iam::aws:policy/service-role"
        acknowledge(
            role,
            {
                f"AwsSolutions-IAM4[Policy::{policy}/AWSCodeDeployRoleForLambdaLimited]": (
                    "AWS maintains this policy, with the permissions of CodeDeploy's deployments."
                )
            },
        )

    def _send_failures_to(self, queue: FailureDestination) -> None:
        self.allow(
            f"SendTo{queue.node.id}",
            actions=["sqs:SendMessage"],
            resources=[queue.arn],
            from_code=False,
        )
        self.use_key("sqs", ENCRYPT_ACTIONS)
        config = lambda_.CfnEventInvokeConfig(
            self,
            "OnFailure",
            function_name=self.function.function_name,
            qualifier=self.alias.alias_name,
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=int(Duration.hours(6).to_seconds()),
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=queue.arn)
            ),
        )
        # The qualifier is a name instead of a reference, so CloudFormation wouldn't wait for it.
        config.node.add_dependency(self.alias)

    def _acknowledge(self, *, asynchronous: bool) -> None:
        reasons = {
            "Serverless-LambdaDLQ": (
                "Failed events are sent to the on-failure destination, together with the error."
                if asynchronous
                else "Not invoked asynchronously: the caller receives the error and handles it."
            )
        }
        runtime = self._environment.config.lambda_.runtime
        if runtime != NEWEST:
            reason = f"The configuration has {runtime}, which AWS still supports."
            reasons |= {"AwsSolutions-L1": reason, "Serverless-LambdaLatestVersion": reason}
        acknowledge(self.function, reasons)


def _canary(function: Function, settings: EnvironmentConfig) -> codedeploy.ILambdaDeploymentConfig:
    """Return the canary of the environment: CodeDeploy's predefined one, or one of the stack."""
    percent, minutes = settings.canary_percent, settings.canary_minutes
    if (percent, minutes) == (10, 5):
        return codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES
    stack, name = Stack.of(function), f"Canary{percent}Percent{minutes}Minutes"
    existing = stack.node.try_find_child(name)
    if isinstance(existing, codedeploy.LambdaDeploymentConfig):
        return existing
    return codedeploy.LambdaDeploymentConfig(
        stack,
        name,
        traffic_routing=codedeploy.TrafficRouting.time_based_canary(
            interval=Duration.minutes(minutes), percentage=percent
        ),
    )


# Shared by all functions, since creating a value calls the CDK's kernel, another process.
@cache
def _runtime(name: str) -> lambda_.Runtime:
    return lambda_.Runtime(name, lambda_.RuntimeFamily.PYTHON)


@cache
def _architecture(name: str) -> lambda_.Architecture:
    return lambda_.Architecture.custom(name)


@cache
def _minute() -> Duration:
    return Duration.minutes(1)


def _common_environment(environment: ServiceEnvironment) -> dict[str, str]:
    return {
        "ENVIRONMENT": environment.settings.name,
        "POWERTOOLS_LOG_LEVEL": environment.settings.log_level,
        "POWERTOOLS_METRICS_NAMESPACE": environment.metrics_namespace,
        "POWERTOOLS_SERVICE_NAME": environment.name,
    }


def _log_level(environment: ServiceEnvironment) -> lambda_.ApplicationLogLevel:
    # Lambda treats lines without a level, such as metrics (EMF), as INFO. A higher level would drop
    # them, and alarms would have no data. Powertools prefers this level to the configured one, so
    # the runtime drops lines below the configured level (aws_service_kit.runtime.logging).
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    debug = environment.settings.log_level == "DEBUG"
    return lambda_.ApplicationLogLevel.DEBUG if debug else lambda_.ApplicationLogLevel.INFO


if TYPE_CHECKING:
    ServiceFunction = Function
else:
    __getattr__ = names_renamed(__name__, ServiceFunction="Function")
