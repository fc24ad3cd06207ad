"""Entry point of a workflow's tasks: takes a state, returns the next one (guideline 4.1)."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from aws_service_kit.runtime.envelope import Correlated, json_text
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.invocation import (
    Event,
    Handler,
    Outcome,
    bind_correlation_id,
    invocation,
    operation_of,
    raise_redacted,
)
from aws_service_kit.runtime.log_context import LogContext
from aws_service_kit.runtime.validation import validation_errors

TaskOutput = dict[str, Any]
_State = TypeVar("_State", bound=Correlated)


def task(model: type[_State]) -> Callable[[Callable[[_State], Correlated]], Handler[TaskOutput]]:
    """Make a Lambda handler of a function from one state of an execution to the next.

    States stay in the execution's history, so they contain no personal data. A state machine
    retries and catches an error by the name of its class in `errors`.

    Example:
        ```python
        class Order(Correlated):
            order_id: str


        class Shipped(Correlated):
            tracking: str


        @task(Order)
        def handler(order: Order) -> Shipped:
            tracking = ship(order_id=order.order_id)
            return Shipped(correlation_id=order.correlation_id, tracking=tracking)
        ```

    Args:
        model: The state that the function takes; for the first task, the `Envelope`.
    """

    def decorate(handle: Callable[[_State], Correlated]) -> Handler[TaskOutput]:
        log_context = LogContext(handle)

        def respond(event: Event) -> TaskOutput:
            outcome = Outcome("Task", "done", operation_of(handle))
            try:
                state = log_context.bind(bind_correlation_id(_read(event, model)))
                output = handle(state).model_dump(mode="json")
            except Exception as error:  # raised again, without its message
                outcome.failed(error)
                raise_redacted(error)
            outcome.succeeded()
            return output

        return invocation(handle, respond)

    return decorate


def _read(event: Event, model: type[_State]) -> _State:
    try:
        # Strict models read times and enumerations from JSON only.
        return model.model_validate_json(json_text(event))
    except ValidationError as error:
        raise BadRequestError(
            "The state doesn't match the task's model.", invalid=validation_errors(error, model)
        ) from None
