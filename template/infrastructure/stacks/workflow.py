"""The state machine that processes orders and makes reports."""

from collections.abc import Mapping

from aws_cdk import Duration, Stage
from aws_cdk import aws_stepfunctions as sfn
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.schedule import state_machine_target
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.state_machine import FunctionTask, StateMachine
from aws_service_kit.constructs.table import Table
from aws_service_kit.constructs.topic import Topic

from infrastructure.stacks._daily_report import add_daily_schedule, allow_reporting
from service.domain.events import EventType
from service.domain.order import Status


class WorkflowStack(ServiceStack):
    """The state machine, its functions and its triggers: a schedule and, with a bus, a rule."""

    processing: StateMachine

    def __init__(
        self,
        stage: Stage,
        environment: ServiceEnvironment,
        *,
        records: Table,
        reports: Bucket | None = None,
        notifications: Topic | None = None,
        events: EventBus | None = None,
    ) -> None:
        super().__init__(
            stage, "workflow", environment=environment, description="Processing step by step"
        )
        self.processing = add_state_machine(self, records, reports, notifications)
        failures = DeadLetterQueue(self, "WorkflowDeadLetters")
        if events is not None:
            add_rule(self, events, self.processing, failures)
        add_daily_schedule(self, state_machine_target(self.processing.arn), failures)


def add_state_machine(
    stack: ServiceStack, records: Table, reports: Bucket | None, notifications: Topic | None
) -> StateMachine:
    """Add the state machine: validate, then decide an order or make a report, then notify."""
    refused = sfn.Fail(stack, "Refused", error="Refused", cause="The input is at fault.")
    failed = sfn.Fail(stack, "Failed", error="Failed", cause="A task failed for good.")
    functions = {
        "Validate": add_validate(stack, records),
        "Process": add_process(stack, records),
        "Report": add_report(stack, records, reports),
        "Notify": add_notify(stack, records, notifications),
    }
    tasks = {
        name: FunctionTask(stack, name, function=function, refused=refused, failed=failed)
        for name, function in functions.items()
    }
    return StateMachine(
        stack,
        "Processing",
        start=flow(stack, tasks, refused),
        tasks=list(tasks.values()),
        timeout=Duration.minutes(20),
        description="Processes a request, or makes the report of a day",
    )


def flow(
    stack: ServiceStack, tasks: Mapping[str, FunctionTask], refused: sfn.Fail
) -> sfn.IChainable:
    """Connect the tasks. The states that the choice reads are in handlers/workflow_states.py."""
    notify = tasks["Notify"].next(sfn.Succeed(stack, "Done"))
    equals = sfn.Condition.string_equals
    choice = (
        sfn.Choice(stack, "Kind")
        .when(equals("$.kind", "request"), tasks["Process"].next(notify))
        .when(equals("$.kind", "report"), tasks["Report"].next(notify))
        .when(equals("$.kind", "nothing"), sfn.Succeed(stack, "NothingToDo"))
        .otherwise(refused)
    )
    return tasks["Validate"].next(choice)


def add_validate(stack: ServiceStack, records: Table) -> Function:
    """Add the function that reads the input of an execution."""
    function = add_function(stack, "ValidateRequest", "validate_request")
    function.add_environment("TABLE_NAME", records.name)
    records.grant(function, "dynamodb:GetItem")
    return function


def add_process(stack: ServiceStack, records: Table) -> Function:
    """Add the function that decides an order."""
    function = add_function(stack, "ProcessRequest", "process_request")
    function.add_environment("TABLE_NAME", records.name)
    records.grant(function, "dynamodb:GetItem", "dynamodb:UpdateItem")
    return function


def add_report(stack: ServiceStack, records: Table, reports: Bucket | None) -> Function:
    """Add the function that makes the report of a day."""
    function = add_function(stack, "MakeReport", "make_report", timeout=60)
    allow_reporting(function, records, reports)
    return function


def add_notify(stack: ServiceStack, records: Table, notifications: Topic | None) -> Function:
    """Add the function that publishes the notification. Without a topic it publishes nothing."""
    function = add_function(stack, "Notify", "notify", memory_mb=256)
    if notifications is not None:
        function.add_environment("TABLE_NAME", records.name)
        records.grant(function, "dynamodb:PutItem")
        function.add_environment("TOPIC_ARN", notifications.arn)
        notifications.grant_publish(function)
    return function


def add_function(
    stack: ServiceStack, construct_id: str, module: str, *, memory_mb: int = 512, timeout: int = 20
) -> Function:
    """Add a task's function."""
    return Function(
        stack,
        f"{construct_id}Function",
        handler=f"service.handlers.{module}.handler",
        memory_mb=memory_mb,
        timeout=Duration.seconds(timeout),
    )


def add_rule(
    stack: ServiceStack, bus: EventBus, state_machine: StateMachine, failures: DeadLetterQueue
) -> None:
    """Add the rule that starts an execution for each pending order on the bus."""
    Rule(
        stack,
        "PendingRequests",
        bus=bus,
        event_type=EventType.PROCESSING_REQUEST,
        data={"status": [Status.PENDING]},
        target=state_machine,
        dead_letter_queue=failures,
    )
