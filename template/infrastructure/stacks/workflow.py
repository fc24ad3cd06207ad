"""How requests are processed and reports are made, step by step."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack, Stage
from aws_cdk import aws_stepfunctions as sfn
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.schedule import Schedule, state_machine_target
from aws_service_kit.constructs.service import Service, require
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.state_machine import FunctionTask, StateMachine

from service.domain.events import EventType
from service.domain.request import Status

OFFERS = ("workflow",)
USES = ("table", "reports", "topic", "bus")

EVERY_DAY_AT_NINE = "cron(0 9 * * ? *)"


def build(stage: Stage, service: Service) -> Stack:
    """Make the state machine, its functions, and with a bus what starts it."""
    stack = ServiceStack(stage, "workflow", service=service, description="Processing step by step")
    service.workflow = add_machine(stack, service)
    if service.bus is not None:
        dead_letters = DeadLetterQueue(stack, "WorkflowDeadLetters", service=service)
        add_rule(stack, service, service.bus, service.workflow, dead_letters)
        add_schedule(stack, service, service.workflow, dead_letters)
    return stack


def add_machine(stack: Stack, service: Service) -> StateMachine:
    """Validate, then decide a request or make a report, then tell."""
    refused = sfn.Fail(stack, "Refused", error="Refused", cause="The input is at fault.")
    failed = sfn.Fail(stack, "Failed", error="Failed", cause="A task failed for good.")
    functions = {
        "Validate": add_validate(stack, service),
        "Process": add_process(stack, service),
        "Report": add_report(stack, service),
        "Notify": add_notify(stack, service),
    }
    tasks = {
        name: FunctionTask(stack, name, function=function, refused=refused, failed=failed)
        for name, function in functions.items()
    }
    return StateMachine(
        stack,
        "Processing",
        service=service,
        start=flow(stack, tasks, refused),
        tasks=list(tasks.values()),
        timeout=Duration.minutes(20),
        description="Processes a request, or makes the report of a day",
    )


def flow(stack: Stack, tasks: Mapping[str, FunctionTask], refused: sfn.Fail) -> sfn.IChainable:
    """Lead from task to task; what the choice reads is in handlers/workflow_states.py."""
    notify = tasks["Notify"].next(sfn.Succeed(stack, "Done"))
    kind = sfn.Condition.string_equals
    choice = (
        sfn.Choice(stack, "Kind")
        .when(kind("$.kind", "request"), tasks["Process"].next(notify))
        .when(kind("$.kind", "report"), tasks["Report"].next(notify))
        .when(kind("$.kind", "nothing"), sfn.Succeed(stack, "NothingToDo"))
        .otherwise(refused)
    )
    return tasks["Validate"].next(choice)


def add_validate(stack: Stack, service: Service) -> ServiceFunction:
    """Find out what an execution is for."""
    table = require(service.table, "table")
    function = add_function(stack, service, "ValidateRequest", "validate_request")
    function.add_environment("TABLE_NAME", table.name)
    table.grant(function, "dynamodb:GetItem")
    return function


def add_process(stack: Stack, service: Service) -> ServiceFunction:
    """Decide a request."""
    table = require(service.table, "table")
    function = add_function(stack, service, "ProcessRequest", "process_request")
    function.add_environment("TABLE_NAME", table.name)
    table.grant(function, "dynamodb:GetItem", "dynamodb:UpdateItem")
    return function


def add_report(stack: Stack, service: Service) -> ServiceFunction:
    """Make the report of a day."""
    table = require(service.table, "table")
    function = add_function(stack, service, "MakeReport", "make_report", timeout=60)
    function.add_environment("TABLE_NAME", table.name)
    table.grant_index(function, "by-day", "dynamodb:Query")
    if service.reports is not None:
        function.add_environment("REPORTS_BUCKET", service.reports.name)
        service.reports.grant_put(function, "daily")
    return function


def add_notify(stack: Stack, service: Service) -> ServiceFunction:
    """Publish the outcome and record that, where there is a topic."""
    function = add_function(stack, service, "Notify", "notify", memory_mb=256)
    if service.topic is not None:
        table = require(service.table, "table")
        function.add_environment("TABLE_NAME", table.name)
        table.grant(function, "dynamodb:PutItem")
        function.add_environment("TOPIC_ARN", service.topic.arn)
        service.topic.grant_publish(function)
    return function


def add_function(
    stack: Stack,
    service: Service,
    construct_id: str,
    module: str,
    *,
    memory_mb: int = 512,
    timeout: int = 20,
) -> ServiceFunction:
    """Make a task's function."""
    return ServiceFunction(
        stack,
        f"{construct_id}Function",
        service=service,
        handler=f"service.handlers.{module}.handler",
        memory_mb=memory_mb,
        timeout=Duration.seconds(timeout),
    )


def add_rule(
    stack: Stack,
    service: Service,
    bus: EventBus,
    machine: StateMachine,
    dead_letters: DeadLetterQueue,
) -> None:
    """Start an execution for each pending request on the bus."""
    Rule(
        stack,
        "PendingRequests",
        service=service,
        bus=bus,
        event_type=EventType.PROCESSING_REQUEST,
        data={"status": [Status.PENDING]},
        target=machine,
        dead_letters=dead_letters,
    )


def add_schedule(
    stack: Stack, service: Service, machine: StateMachine, dead_letters: DeadLetterQueue
) -> None:
    """Start an execution every morning, for the report of the day before."""
    Schedule(
        stack,
        "DailyReport",
        service=service,
        cron=EVERY_DAY_AT_NINE,
        event_type=EventType.DAILY_REPORT,
        target=state_machine_target(machine.arn),
        dead_letters=dead_letters,
        description="Report on the requests of the day before",
    )
