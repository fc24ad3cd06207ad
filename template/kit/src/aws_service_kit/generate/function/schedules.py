"""Add functions that a schedule starts."""

from __future__ import annotations

from aws_service_kit.config.resources import SCHEDULE_EXPRESSION
from aws_service_kit.controls.organisation import ORGANISATION
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.function.new_function import NewFunction
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.service import LABELS
from aws_service_kit.generate.stack_source import StackSource

# A schedule needs no resource, so its stack is the first one that has one of these.
STACKS_WITH = ("EventBus", "StateMachine", "Queue", "RestApi", "Table")
DEFAULT_STACK = f"the first stack with one of {', '.join(LABELS[each] for each in STACKS_WITH)}"


def plan_schedule(function: NewFunction, text: str) -> None:
    """Plan a schedule and its target.

    Raises:
        GenerateError: The expression is invalid.
    """
    expression = text.strip()
    check_expression(expression)
    event_type = function.event_type or f"{function.name.title} Due"
    function.create_files("schedule", event_type=event_type)
    function.add_to_stack(
        function.stack or _stack(function),
        "schedule",
        constructs=["DeadLetterQueue", "Schedule", "function_target"],
        expression=expression,
        event_type=event_type,
    )
    note_time_zone(function.plan, expression)
    function.plan.note("`python3 dev.py local` prints the command that runs the schedule now.")
    function.finish()


def check_expression(expression: str) -> None:
    """Check the expression of a schedule.

    Raises:
        GenerateError: It is invalid.
    """
    if not SCHEDULE_EXPRESSION.fullmatch(expression):
        raise GenerateError(
            f'{expression!r} is no schedule: write "rate(1 day)", or cron(minutes hours '
            "day-of-month month day-of-week year) with '?' for one of the days, such as "
            '"cron(0 9 * * ? *)"'
        )


def note_time_zone(plan: Plan, expression: str) -> None:
    """Show the time zone of an expression that has times of the day."""
    if not expression.startswith("rate"):
        plan.note(
            f"Its time zone is {ORGANISATION.time_zone}; the argument time_zone of Schedule "
            "sets another one."
        )


def _stack(function: NewFunction) -> StackSource:
    for class_name in STACKS_WITH:
        for resource in function.service.resources(class_name):
            return resource.stack
    raise GenerateError(
        f"a schedule's function gets {DEFAULT_STACK}, and the service has none: choose a stack by "
        "--stack; `python3 dev.py add stack NAME` makes one"
    )
