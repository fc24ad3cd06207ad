"""A Lambda function as the guideline wants it (sections 2, 3.2, 6 and 9)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from aws_service_kit.config.runtimes import NEWEST
from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import SEND, key_of
from aws_service_kit.constructs.log_group import LogGroup
from aws_service_kit.constructs.network_interfaces import REASON, network_interfaces
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_service_kit.constructs.queue import DeadLetterQueue
    from aws_service_kit.constructs.service import Service

# A function whose slowest requests come this near to its time-out will soon be cut off.
LATENCY_ALARM_SHARE_OF_TIMEOUT = 0.8

ALIAS = "live"

# Whoever asks for it, the control C3.wildcards holds the actions to its table.
WITHOUT_RESOURCE = "AWS knows no resource that this policy could name."

# The permissions boundary lets a deployment make, change and pass roles of this path only, so that
# it can't reach another role of the account (operations/permissions-boundary.json).
ROLE_PATH = "/services/"


class ServiceFunction(Construct):
    """A function with a role, a log group, an alias and alarms of its own.

    Callers invoke the alias `live`; where the environment has a canary, CodeDeploy shifts it to new
    code step by step and rolls back on an alarm.

    Args:
        service: The environment's service; the function is added to `service.functions`, its log
            group to `service.log_groups`.
        handler: Dotted path of the callable, such as `service.handlers.health.handler`.
        memory_mb: Memory, and with it CPU, in MB.
        timeout: When Lambda cuts an invocation off.
        environment: Variables beside those that every function has.
        on_failure: Where events go whose asynchronous invocation failed for good. Needed by every
            function that a service such as EventBridge, Scheduler, SNS or S3 invokes.
        in_vpc: Put it into the service's network, if there is one. False for a function that calls
            what no endpoint leads to. May change: as long as the service has a network, Lambda may
            delete the network interfaces that the function had.

    Attributes:
        role: The function's own role; extend it with `allow`.
        function: The function itself.
        alias: What callers invoke.
        timeout: As given.
    """

    def __init__(  # noqa: PLR0913 (keywords that say what they set, half of them optional)
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        handler: str,
        memory_mb: int,
        timeout: Duration,
        environment: Mapping[str, str] | None = None,
        on_failure: DeadLetterQueue | None = None,
        in_vpc: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        self.timeout = timeout
        self._name = self.node.id
        self._service = service
        self._vpc = service.vpc if in_vpc else None
        self._module = handler.split(".")[-2]
        self._statement_ids: set[str] = set()
        self._key_policy = iam.PolicyDocument()
        self._key_statements: dict[str, iam.PolicyStatement] = {}
        log_group = LogGroup(self, "Logs", service=service)
        self.role = self._add_role()
        self.function = lambda_.Function(
            self,
            "Function",
            handler=handler,
            runtime=_runtime(service.config.lambda_.runtime),
            architecture=_architecture(service.config.lambda_.architecture),
            code=lambda_.Code.from_asset(str(service.bundle)),
            role=self.role,
            memory_size=memory_mb,
            timeout=timeout,
            environment={**_common_environment(service), **(environment or {})},
            environment_encryption=key_of(self, service),
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=_log_level(service),
            system_log_level_v2=lambda_.SystemLogLevel.INFO,
        )
        self._trace()
        self._connect()
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
        if service.environment.canary:
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
        """Allow the function, and no other, some actions on some resources.

        Args:
            sid: Statement id: says what for, in letters and digits; unique in the function.
            actions: Exact actions; a wildcard fails the synthesis.
            resources: Exact ARNs; a wildcard fails the synthesis.
            from_code: The function's code calls them, and from a network needs an endpoint for it.
                False for what Lambda itself calls, by the function's role but from elsewhere: for
                logs, traces, event sources and destinations.
                https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html

        Raises:
            ArgumentError: The statement id is taken, or no endpoint leads to one of the actions.
        """
        self._take(sid, actions, from_code=from_code)
        self.role.add_to_policy(
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(resources))
        )

    def allow_without_resource(self, sid: str, *, actions: Sequence[str], reason: str) -> None:
        """Allow the function actions for which AWS knows no resource, in a policy of their own.

        Args:
            sid: Statement id: says what for, in letters and digits; unique in the function.
            actions: Exact actions, which `WITHOUT_RESOURCES` of the guideline's controls lists too
                (kit/src/aws_service_kit/controls/evidence/wildcards.py).
            reason: Why there is no resource to name; it acknowledges the wildcard.

        Raises:
            ArgumentError: The statement id is taken, or no endpoint leads to one of the actions.
        """
        self._take(sid, actions, from_code=True)
        statement = iam.PolicyStatement(sid=sid, actions=list(actions), resources=["*"])
        policy = iam.Policy(self, sid, roles=[self.role], statements=[statement])
        # As of the role's own policy, of which the CDK knows.
        self.function.node.add_dependency(policy)
        acknowledge(policy, {"AwsSolutions-IAM5[Resource::*]": f"{reason} {WITHOUT_RESOURCE}"})

    def use_key(self, service: str, actions: Sequence[str]) -> None:
        """Allow the function the environment's own key, by way of an AWS service only.

        Nothing happens where AWS's keys encrypt. Components call it in their `grant_*`.

        Args:
            service: Begins the service's endpoint, such as `sqs`.
            actions: Exact actions, such as `kms:Decrypt`.
        """
        key = self._service.key
        if key is None:
            return
        if not self._key_statements:
            # In the role itself, so that what it is granted of resources stays a policy of its own.
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
        check(self, free, f"statement id {sid!r} is taken; grant in one call")
        if self._vpc is not None and from_code:
            self._vpc.reach(self, actions)
        self._statement_ids.add(sid)

    def _add_role(self) -> iam.Role:
        # X-Ray's write actions know no resources, so this is the one wildcard; it stands in a
        # policy of its own, where acknowledging it covers nothing else.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        tracing = iam.PolicyStatement(
            sid="WriteTraces",
            actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            resources=["*"],
        )
        policies = {"Tracing": iam.PolicyDocument(statements=[tracing])}
        reason = "X-Ray's write actions don't support resource-level permissions."
        # Outside of the network too: Lambda deletes the interfaces of a function that leaves it
        # some twenty minutes later, by this role.
        if self._service.vpc is not None:
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
        # CDK's own `tracing` adds the role a second statement, without an id.
        cfn = cfn_resource(self.function, lambda_.CfnFunction)
        cfn.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")

    def _connect(self) -> None:
        if self._vpc is None or not self._vpc.connect:
            return
        # CDK's own `vpc` adds the role a managed policy, which allows code as much as Lambda.
        cfn = cfn_resource(self.function, lambda_.CfnFunction)
        cfn.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=self._vpc.subnet_ids, security_group_ids=[self._vpc.security_group_id]
        )

    def _add_alarms(self) -> list[cloudwatch.Alarm]:
        name = self._name
        minute = _minute()
        limit = self.timeout.to_milliseconds() * LATENCY_ALARM_SHARE_OF_TIMEOUT
        return [
            add_alarm(
                self,
                "Errors",
                service=self._service,
                metric=self.alias.metric_errors(period=minute),
                threshold=self._service.environment.alarms.function_errors_per_minute,
                description=f"{name} raises errors: read its log group for the exception.",
            ),
            add_alarm(
                self,
                "Faults",
                service=self._service,
                metric=self.metric_faults(minute),
                threshold=self._service.environment.alarms.function_errors_per_minute,
                description=f"{name} answers 500 for faults of its own: read its log group.",
            ),
            add_alarm(
                self,
                "Throttles",
                service=self._service,
                metric=self.alias.metric_throttles(period=minute),
                threshold=1,
                description=f"{name} is throttled: the account's concurrency is used up.",
            ),
            add_alarm(
                self,
                "Latency",
                service=self._service,
                metric=self.alias.metric_duration(period=minute, statistic="p95"),
                threshold=limit,
                description=f"{name} is near its time-out at p95: a dependency may be slow.",
                minutes=3,
            ),
        ]

    def metric_faults(self, period: Duration | None = None) -> cloudwatch.Metric:
        """Give the number of faults of the service that the function counts."""
        # An answered fault is no error to Lambda: only the runtime's own metric tells of it.
        environment = _common_environment(self._service)
        return cloudwatch.Metric(
            namespace=environment["POWERTOOLS_METRICS_NAMESPACE"],
            metric_name="ServiceFault",
            dimensions_map={
                "service": environment["POWERTOOLS_SERVICE_NAME"],
                "environment": environment["ENVIRONMENT"],
                "operation": self._module,
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
        self._service.widgets.extend(
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
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=alarms,
        )
        policy = "arn:<AWS::Partition>:iam::aws:policy/service-role"
        acknowledge(
            role,
            {
                f"AwsSolutions-IAM4[Policy::{policy}/AWSCodeDeployRoleForLambdaLimited]": (
                    "CodeDeploy's own role: AWS keeps what its deployments need in this policy."
                )
            },
        )

    def _send_failures_to(self, queue: DeadLetterQueue) -> None:
        self.allow(
            f"SendTo{queue.node.id}",
            actions=["sqs:SendMessage"],
            resources=[queue.arn],
            from_code=False,
        )
        self.use_key("sqs", SEND)
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
        # The qualifier is a name, and so no reference that CloudFormation would wait for.
        config.node.add_dependency(self.alias)

    def _acknowledge(self, *, asynchronous: bool) -> None:
        reasons = {
            "Serverless-LambdaDLQ": (
                "Failed events go to the on-failure destination, which keeps the error too."
                if asynchronous
                else "Never invoked asynchronously: its caller gets the error and handles it."
            )
        }
        runtime = self._service.config.lambda_.runtime
        if runtime != NEWEST:
            reason = f"The answers choose {runtime}, which AWS still supports."
            reasons |= {"AwsSolutions-L1": reason, "Serverless-LambdaLatestVersion": reason}
        acknowledge(self.function, reasons)


# Values that all functions share: making one asks the CDK's kernel, another process.
@cache
def _runtime(name: str) -> lambda_.Runtime:
    return lambda_.Runtime(name, lambda_.RuntimeFamily.PYTHON)


@cache
def _architecture(name: str) -> lambda_.Architecture:
    return lambda_.Architecture.custom(name)


@cache
def _minute() -> Duration:
    return Duration.minutes(1)


def _common_environment(service: Service) -> dict[str, str]:
    return {
        "ENVIRONMENT": service.environment.name,
        "POWERTOOLS_LOG_LEVEL": service.environment.log_level,
        "POWERTOOLS_METRICS_NAMESPACE": service.metrics_namespace,
        "POWERTOOLS_SERVICE_NAME": service.name,
    }


def _log_level(service: Service) -> lambda_.ApplicationLogLevel:
    # Lambda counts a line without a level, as metrics are (EMF), as INFO: a higher level would drop
    # them, and with them the alarms. Powertools prefers this level to the configured one, so the
    # runtime leaves out what is below that (aws_service_kit.runtime.logging).
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    debug = service.environment.log_level == "DEBUG"
    return lambda_.ApplicationLogLevel.DEBUG if debug else lambda_.ApplicationLogLevel.INFO
