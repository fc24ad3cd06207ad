"""Add a trigger to a workflow: a schedule, or a rule of the event bus."""

from __future__ import annotations

from aws_service_kit.generate.edits import (
    add_definition,
    add_enum_member,
    add_import,
    add_requirement,
    add_to_constructor,
)
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.function.messages import ENUM, TYPE, TYPES, TYPES_START
from aws_service_kit.generate.function.new_function import import_of, module_of
from aws_service_kit.generate.function.schedules import check_expression, note_time_zone
from aws_service_kit.generate.names import snake_case
from aws_service_kit.generate.paths import STACK_TESTS
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.resources import NewResource
from aws_service_kit.generate.service import ServiceSource
from aws_service_kit.generate.stack_source import CONSTRUCTS, StackSource

HOW_TO_START = """\
python3 dev.py add workflow {kebab} --on schedule:"cron(0 9 * * ? *)"
python3 dev.py add workflow {kebab} --on event:"Order Paid"
"""


def add_start(
    plan: Plan, service: ServiceSource, workflow: NewResource, stack: StackSource, trigger: str
) -> None:
    """Add a workflow's trigger to a plan, with its test.

    Args:
        plan: The plan.
        service: The service's code.
        workflow: The workflow.
        stack: The workflow's stack.
        trigger: `schedule:EXPRESSION` or `event:TYPE`.

    Raises:
        GenerateError: The trigger is invalid, or there is no bus.
    """
    trigger_type, _, text = trigger.strip().partition(":")
    text = text.strip().strip('"')
    if trigger_type == "schedule":
        _add_schedule(plan, workflow, stack, text)
    elif trigger_type == "event":
        _add_rule(plan, service, workflow, stack, text)
    else:
        raise GenerateError(
            f'{trigger!r} starts no workflow: write schedule:"cron(0 9 * * ? *)" or '
            'event:"Order Paid"'
        )
    test = workflow.render(f"resource/start_{trigger_type}_test.py.j2", text=text)
    plan.create(STACK_TESTS / f"test_{workflow.name.snake}_{trigger_type}.py", test)


def _add_schedule(plan: Plan, workflow: NewResource, stack: StackSource, expression: str) -> None:
    check_expression(expression)
    note_time_zone(plan, expression)
    state_machine = f"self.{workflow.attribute}"
    plan.edit(
        stack.path,
        *(import_of(each) for each in ("DeadLetterQueue", "Schedule")),
        add_import(f"{CONSTRUCTS}.schedule", "state_machine_target"),
        add_to_constructor(
            stack.class_name,
            f"start_{workflow.name.snake}_by_schedule(self, {state_machine})",
            [state_machine],
        ),
        add_definition(workflow.render("resource/start_schedule.py.j2", expression=expression)),
    )


def _add_rule(
    plan: Plan, service: ServiceSource, workflow: NewResource, stack: StackSource, text: str
) -> None:
    if not TYPE.fullmatch(text):
        raise GenerateError(
            f"{text!r} is no type of events: use up to 128 letters, digits and spaces, such as "
            '"Order Paid"'
        )
    bus = service.only("EventBus", stack, remedy="`python3 dev.py add bus NAME`")
    known = {value: member for member, value in service.enum_members(TYPES, ENUM).items()}
    member = known.get(text, snake_case(text).upper())
    state_machine, given = f"self.{workflow.attribute}", bus.expression
    edits = []
    if bus.stack.path != stack.path:
        if bus.attribute is None or service.depends_on(bus.stack, stack):
            raise GenerateError(
                f"the stack {stack.domain} can't use {bus.label}: choose another --stack"
            )
        given = bus.attribute
        edits.append(add_requirement(stack.class_name, bus.attribute, bus.class_name))
    plan.edit(TYPES, add_enum_member(ENUM, member, text), start=TYPES_START)
    plan.edit(
        stack.path,
        *(import_of(each) for each in ("DeadLetterQueue", "EventBus", "Rule")),
        add_import(module_of(TYPES), ENUM),
        *edits,
        add_to_constructor(
            stack.class_name,
            f"start_{workflow.name.snake}_by_event(self, {given}, {state_machine})",
            [str(given), state_machine],
        ),
        add_definition(workflow.render("resource/start_event.py.j2", member=member, text=text)),
    )
