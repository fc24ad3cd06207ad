"""Step Functions: a machine of functions, with errors handled task by task (guideline 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import key_of
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.function import ROLE_PATH
from aws_service_kit.constructs.log_group import LogGroup
from aws_service_kit.constructs.names import service_name, stack_suffix
from aws_service_kit.constructs.service_principal import own_account
from aws_service_kit.constructs.stateful import pin_logical_id
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.service import Service

# What passes by itself: a dependency out of reach (runtime.errors), or Lambda's own fault.
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
TRANSIENT_ERRORS = [
    "DependencyUnavailableError",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
# Lambda can't invoke the function yet: it wasn't called for weeks and has to be made ready again,
# waits for a network interface, or is being updated.
# https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
NOT_READY_ERRORS = [
    "Lambda.CodeArtifactUserPendingException",
    "Lambda.EC2ThrottledException",
    "Lambda.ENINotReadyException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
]
# What stays wrong however often it is tried: the input's fault (runtime.errors).
REFUSALS = ["BadRequestError", "NotFoundError", "ConflictError", "UnprocessableError"]

# Seconds before the first repetition, twice as many before each further one, at the most this many.
RETRY_INTERVAL = 2
RETRY_MAX_DELAY = 16
RETRIES = 4

# The same for a function that isn't ready. Each attempt fails at once, so the delays must cover the
# minute and a half that a network interface takes: without jitter, they add up to 195 seconds.
NOT_READY_INTERVAL = 5
NOT_READY_MAX_DELAY = 60
NOT_READY_RETRIES = 6
NOT_READY_DELAYS = sum(
    min(NOT_READY_INTERVAL * 2**attempt, NOT_READY_MAX_DELAY)
    for attempt in range(NOT_READY_RETRIES)
)

# Each log group elsewhere takes a part of the one policy, of 5,120 characters, by which CloudWatch
# Logs lets services of AWS write into the account's log groups.
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
LOGS_PREFIX = "/aws/vendedlogs/states"

# The longest name of a state.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LONGEST_NAME = 80

# Seconds for starting and answering, beside the function's own time.
TASK_GRACE = 5


class FunctionTask(tasks.LambdaInvoke):
    """A task that gives its state to a function and goes on with what that answers.

    Transient errors are tried again, with jitter; refusals and whatever else goes wrong are caught.

    Args:
        function: Its handler is an `aws_service_kit.runtime.task.task`.
        refused: Where to go if the input is at fault.
        failed: Where to go if anything else is.

    Attributes:
        function: As given.
        longest: Seconds that the task takes at the most, retries included, once its function
            is ready.

    Raises:
        ArgumentError: Step Functions takes no state of such a name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: ServiceFunction,
        refused: sfn.IChainable,
        failed: sfn.IChainable,
    ) -> None:
        named = len(construct_id) <= LONGEST_NAME
        check(
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
    """A standard workflow, logged without its data, traced and alarmed.

    Args:
        service: The environment's service.
        start: The first state.
        tasks: Every task of the definition: the machine may invoke their functions, and no others.
        timeout: After which an execution is given up: its tasks' longest times, added up, fit in.
            The machine adds what waiting for functions that aren't ready may take.
        description: What it is for.

    Attributes:
        arn: The machine's ARN.
        machine: The machine itself.
        timeout: As given.

    Raises:
        ArgumentError: There are no tasks, or they may take longer than the whole.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        start: sfn.IChainable,
        tasks: Sequence[FunctionTask],
        timeout: Duration,
        description: str,
    ) -> None:
        super().__init__(scope, construct_id)
        longest = sum(task.longest for task in tasks)
        check(self, bool(tasks), "tasks lists every task of the definition: one or more")
        fits = longest <= timeout.to_seconds()
        check(self, fits, f"the tasks may take {longest} s; allow for it")
        self.timeout = timeout
        self._role = self._add_role(tasks, service)
        key = key_of(self, service)
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(start),
            # CDK's own statements have no ids, and reach every version of a function.
            role=self._role.without_policy_updates(),
            timeout=timeout.plus(Duration.seconds(NOT_READY_DELAYS * len(tasks))),
            comment=description,
            encryption_configuration=key and sfn.CustomerManagedEncryptionConfiguration(key),
        )
        pin_logical_id(self.machine, construct_id)
        self.arn = self.machine.state_machine_arn
        export(self, self.arn)
        self._observe(service)
        self._watch(service)

    def start_statement(self) -> iam.PolicyStatement:
        """Give what allows whoever holds it to start executions."""
        return iam.PolicyStatement(
            sid=f"Start{self.node.id}",
            actions=["states:StartExecution"],
            resources=[self.arn],
        )

    def _add_role(self, tasks: Sequence[FunctionTask], service: Service) -> iam.Role:
        # Neither X-Ray nor the delivery of logs knows resources; these wildcards stand in policies
        # of their own, where acknowledging them covers nothing else.
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
            assumed_by=own_account("states.amazonaws.com", self),
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
                    "Tracing and the delivery of logs don't support resource-level permissions."
                )
            },
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="InvokeTasks",
                actions=["lambda:InvokeFunction"],
                resources=[task.function.alias.function_arn for task in tasks],
            )
        )
        for statement in service.key.machine_statements() if service.key else ():
            role.add_to_policy(statement)
        return role

    def _observe(self, service: Service) -> None:
        # By properties: CDK's own `logs` and `tracing_enabled` add the role statements without ids.
        name = service_name(self, service=service)
        logs = LogGroup(
            self,
            "Logs",
            service=service,
            # Where logs outlive their stack, another one can't make them again under that name.
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
        # Without them the machine can't be made: it tries to deliver a log.
        self.machine.node.add_dependency(self._role)

    def _watch(self, service: Service) -> None:
        name = self.node.id
        minute = Duration.minutes(1)
        failed = self.machine.metric_failed(period=minute)
        timed_out = self.machine.metric_timed_out(period=minute)
        throttled = self.machine.metric_throttled(period=minute)
        started = self.machine.metric_started(period=minute)
        service.widgets.append(
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
                service=service,
                metric=metric,
                threshold=1,
                description=f"{name}: {description}; read the failed ones in Step Functions.",
            )
