"""Step Functions state machines of functions, with retries and error handling (guideline 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from aws_service_kit.config.resources import StateMachineSettings
from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import encryption_key_for
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.function import ROLE_PATH
from aws_service_kit.constructs.log_group import LogGroup
from aws_service_kit.constructs.names import physical_name, stack_suffix
from aws_service_kit.constructs.service_principal import service_principal
from aws_service_kit.constructs.stateful import pin_logical_id
from aws_service_kit.constructs.values import key_of_team, settings_of
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.function import Function

# Transient errors: an unavailable dependency (runtime.errors), or a fault of Lambda.
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
TRANSIENT_ERRORS = [
    "DependencyUnavailableError",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
# Errors of a function that isn't ready: it is inactive after weeks without invocations, waits for a
# network interface, or is being updated.
# https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
NOT_READY_ERRORS = [
    "Lambda.CodeArtifactUserPendingException",
    "Lambda.EC2ThrottledException",
    "Lambda.ENINotReadyException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
]
# Permanent errors: the input is at fault (runtime.errors).
REFUSALS = ["BadRequestError", "NotFoundError", "ConflictError", "UnprocessableError"]

# Exponential backoff: initial delay and maximum delay in seconds, number of retries.
RETRY_INTERVAL = 2
RETRY_MAX_DELAY = 16
RETRIES = 4

# The same for a function that isn't ready. Each attempt fails immediately, so the delays must cover
# the 90 seconds that a network interface takes. Without jitter, they add up to 195 seconds.
NOT_READY_INTERVAL = 5
NOT_READY_MAX_DELAY = 60
NOT_READY_RETRIES = 6
NOT_READY_DELAYS = sum(
    min(NOT_READY_INTERVAL * 2**attempt, NOT_READY_MAX_DELAY)
    for attempt in range(NOT_READY_RETRIES)
)

# Each log group with another prefix needs space in the account's resource policy of CloudWatch Logs
# for AWS services, which has 5,120 characters at most.
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
LOGS_PREFIX = "/aws/vendedlogs/states"

# Maximum length of a state's name.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LONGEST_NAME = 80

# Overhead of a task in seconds, in addition to the function's time-out.
TASK_GRACE = 5


class FunctionTask(tasks.LambdaInvoke):
    """A task that invokes a function with its input and continues with the function's output.

    Transient errors are retried, with jitter. All other errors are caught.

    Example:
        ```python
        ship = FunctionTask(stack, "Ship", function=function, refused=refused, failed=failed)
        ```

    Args:
        function: The function; its handler is an `aws_service_kit.runtime.task.task`.
        refused: The next state if the input is at fault.
        failed: The next state after any other error.

    Attributes:
        function: The given function.
        longest: Maximum duration in seconds, including retries, for a function that is ready.
        added: Seconds of `longest` that result from team.toml's addition to the time-out.

    Raises:
        ArgumentError: The name is too long for a state.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: Function,
        refused: sfn.IChainable,
        failed: sfn.IChainable,
    ) -> None:
        named = len(construct_id) <= LONGEST_NAME
        require(
            scope, named, f"state {construct_id!r} has a name of {LONGEST_NAME} characters at most"
        )
        timeout = int(function.timeout.to_seconds()) + TASK_GRACE
        super().__init__(
            scope,
            construct_id,
            state_name=construct_id,
            lambda_function=function.alias,
            payload_response_only=True,
            retry_on_service_exceptions=False,
            task_timeout=sfn.Timeout.duration(Duration.seconds(timeout)),
        )
        self.function = function
        self.longest = timeout * (RETRIES + 1) + RETRY_MAX_DELAY * RETRIES
        self.added = function.added_timeout * (RETRIES + 1)
        self.add_retry(
            errors=TRANSIENT_ERRORS,
            interval=Duration.seconds(RETRY_INTERVAL),
            max_attempts=RETRIES,
            backoff_rate=2,
            max_delay=Duration.seconds(RETRY_MAX_DELAY),
            jitter_strategy=sfn.JitterType.FULL,
        )
        self.add_retry(
            errors=NOT_READY_ERRORS,
            interval=Duration.seconds(NOT_READY_INTERVAL),
            max_attempts=NOT_READY_RETRIES,
            backoff_rate=2,
            max_delay=Duration.seconds(NOT_READY_MAX_DELAY),
        )
        self.add_catch(refused, errors=REFUSALS, result_path="$.error")
        self.add_catch(failed, errors=["States.ALL"], result_path="$.error")


class StateMachine(Construct):
    """A standard workflow with logs without execution data, traces and alarms.

    Example:
        ```python
        ship = FunctionTask(stack, "Ship", function=function, refused=refused, failed=failed)
        StateMachine(
            stack,
            "Shipping",
            start=ship.next(sfn.Succeed(stack, "Shipped")),
            tasks=[ship],
            timeout=Duration.minutes(20),
            description="Ships an order",
        )
        ```

    Args:
        start: The first state.
        tasks: Every task of the definition; the role may invoke only their functions.
        timeout: Time-out of an execution, at least the sum of its tasks' longest durations; by
            default this sum. The construct adds the maximum wait for functions that aren't ready,
            and team.toml's additions to the time-outs of its functions.
        description: The purpose of the state machine.

    Attributes:
        arn: The state machine's ARN.
        machine: CDK's state machine.
        timeout: The time-out, as given or as in `state_machines` of team.toml, with additions.

    Raises:
        ArgumentError: A task isn't listed, the tasks may take longer than the time-out, or there
            are neither tasks nor a time-out.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        start: sfn.IChainable,
        tasks: Sequence[FunctionTask],
        description: str,
        timeout: Duration | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        listed = bool(tasks) or not _has_tasks(start)
        require(self, listed, "tasks lists every task of the definition: one or more")
        limited = bool(tasks) or timeout is not None
        require(self, limited, "without tasks there is no default: give a timeout")
        self.timeout = self._timeout(tasks, timeout, environment)
        self._role = self._add_role(tasks, environment)
        key = encryption_key_for(self)
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(start),
            # CDK's statements have no ids, and allow every version of a function.
            role=self._role.without_policy_updates(),
            timeout=self.timeout.plus(Duration.seconds(NOT_READY_DELAYS * len(tasks))),
            comment=description,
            encryption_configuration=key and sfn.CustomerManagedEncryptionConfiguration(key),
        )
        pin_logical_id(self.machine, construct_id)
        self.arn = self.machine.state_machine_arn
        export(self, self.arn)
        self._observe()
        self._watch(environment)

    def _timeout(
        self,
        tasks: Sequence[FunctionTask],
        given: Duration | None,
        environment: ServiceEnvironment,
    ) -> Duration:
        longest = sum(task.longest for task in tasks)
        added = sum(task.added for task in tasks)
        by_default = longest if given is None else given.to_seconds() + added
        settings = settings_of(self, StateMachineSettings, timeout_seconds=by_default)
        timeout = settings.timeout_seconds or by_default
        key = key_of_team(environment, settings.TABLE, self.node.id, "timeout_seconds")
        fits = longest <= timeout
        require(
            self, fits, f"the tasks may take {longest:g} s; allow for it, by `timeout` or {key}"
        )
        return Duration.seconds(timeout)

    def start_statement(self) -> iam.PolicyStatement:
        """Return a statement that allows starting executions."""
        return iam.PolicyStatement(
            sid=f"Start{self.node.id}",
            actions=["states:StartExecution"],
            resources=[self.arn],
        )

    def _add_role(self, tasks: Sequence[FunctionTask], environment: ServiceEnvironment) -> iam.Role:
        # X-Ray and log delivery don't support resources. Their wildcards are in separate policies,
        # so that the acknowledgements cover nothing else.
        # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        # https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
        observing = {
            "Tracing": [
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            "LogDelivery": [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
        }
        role = iam.Role(
            self,
            "Role",
            path=ROLE_PATH,
            assumed_by=service_principal("states.amazonaws.com", self),
            inline_policies={
                name: iam.PolicyDocument(
                    statements=[iam.PolicyStatement(sid=name, actions=actions, resources=["*"])]
                )
                for name, actions in observing.items()
            },
        )
        acknowledge(
            cfn_resource(role, iam.CfnRole),
            {
                "AwsSolutions-IAM5[Resource::*]": (
                    "Tracing and log delivery don't support resource-level permissions."
                )
            },
        )
        if tasks:
            role.add_to_policy(
                iam.PolicyStatement(
                    sid="InvokeTasks",
                    actions=["lambda:InvokeFunction"],
                    resources=[task.function.alias.function_arn for task in tasks],
                )
            )
        for statement in environment.key.state_machine_statements() if environment.key else ():
            role.add_to_policy(statement)
        return role

    def _observe(self) -> None:
        # Set by property: CDK's `logs` and `tracing_enabled` add statements without ids to the
        # role.
        name = physical_name(self)
        logs = LogGroup(
            self,
            "Logs",
            # Retained logs outlive their stack, and a new stack can't create a group of their name.
            name=None if name is None else f"{LOGS_PREFIX}/{name}-{stack_suffix()}",
        )
        cfn = cfn_resource(self.machine, sfn.CfnStateMachine)
        cfn.logging_configuration = sfn.CfnStateMachine.LoggingConfigurationProperty(
            destinations=[
                sfn.CfnStateMachine.LogDestinationProperty(
                    cloud_watch_logs_log_group=sfn.CfnStateMachine.CloudWatchLogsLogGroupProperty(
                        log_group_arn=logs.log_group_arn
                    )
                )
            ],
            include_execution_data=False,
            level="ALL",
        )
        cfn.tracing_configuration = sfn.CfnStateMachine.TracingConfigurationProperty(enabled=True)
        # Step Functions verifies log delivery on creation, so these permissions are required.
        self.machine.node.add_dependency(self._role)

    def _watch(self, environment: ServiceEnvironment) -> None:
        name = self.node.id
        minute = Duration.minutes(1)
        failed = self.machine.metric_failed(period=minute)
        timed_out = self.machine.metric_timed_out(period=minute)
        throttled = self.machine.metric_throttled(period=minute)
        started = self.machine.metric_started(period=minute)
        environment.widgets.append(
            Widget(
                kind="State machines",
                name=name,
                shows="executions",
                metrics=[started, failed, timed_out, throttled],
            )
        )
        for construct_id, metric, description in (
            ("Failed", failed, "executions fail"),
            ("TimedOut", timed_out, "executions take too long"),
            ("Throttled", throttled, "executions are throttled"),
        ):
            add_alarm(
                self,
                construct_id,
                metric=metric,
                threshold=environment.settings.alarms.failed_executions_per_minute,
                description=f"{name}: {description}; read the failed ones in Step Functions.",
            )


def _has_tasks(start: sfn.IChainable) -> bool:
    """Return whether a definition has a task state, and not only states such as choices."""
    states = sfn.State.find_reachable_states(start.start_state)
    return any(isinstance(state, sfn.TaskStateBase) for state in states)
