"""The edge of a workflow's tasks: a state in, a state out, errors by name (guideline 4.1)."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from aws_service_kit.runtime.envelope import Correlated, json_text
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.invocation import (
    Event,
    Handler,
    Outcome,
    follow,
    invocation,
    operation_of,
    raise_safely,
)
from aws_service_kit.runtime.validation import body_errors

TaskAnswer = dict[str, Any]
_State = TypeVar("_State", bound=Correlated)


def task(model: type[_State]) -> Callable[[Callable[[_State], Correlated]], Handler[TaskAnswer]]:
    """Make a Lambda handler of a function from one state of an execution to the next.

    States stay in the execution's history, so they hold nothing personal. What the function raises
    is retried and caught by the name of its class: those of `errors`.

    Args:
        model: The state that the function takes; for the first task, the `Envelope`.
    """

    def decorate(handle: Callable[[_State], Correlated]) -> Handler[TaskAnswer]:
        def respond(event: Event) -> TaskAnswer:
            outcome = Outcome("Task", "done", operation_of(handle))
            try:
                answer = handle(follow(_read(event, model))).model_dump(mode="json")
            except Exception as error:  # raised again, without what it says
                outcome.failed(error)
                raise_safely(error)
            outcome.succeeded()
            return answer

        return invocation(handle, respond)

    return decorate


def _read(event: Event, model: type[_State]) -> _State:
    try:
        # As JSON, which is what it was: strict models read times and enumerations there.
        return model.model_validate_json(json_text(event))
    except ValidationError as error:
        raise BadRequestError(
            "The state isn't what the task takes.", invalid=body_errors(error, model)
        ) from None
