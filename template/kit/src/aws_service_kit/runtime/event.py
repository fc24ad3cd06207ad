"""The edge of what is invoked asynchronously: rules of a bus, and schedules (guideline 4.2).

Nobody waits for an answer, so an error is raised: Lambda tries again, and in the end sends the
event to the function's dead letters.
"""

from collections.abc import Callable

from aws_service_kit.runtime.envelope import Envelope, json_text, parse
from aws_service_kit.runtime.invocation import (
    Event,
    Handler,
    Outcome,
    follow,
    invocation,
    operation_of,
    raise_safely,
)


def subscriber(handle: Callable[[Envelope], None]) -> Handler[None]:
    """Make a Lambda handler of a function that takes an envelope.

    The input is the envelope itself, as the components for rules and schedules give it. It may come
    more than once: its id tells.
    """

    def respond(event: Event) -> None:
        outcome = Outcome("Event", "processed", operation_of(handle))
        try:
            handle(follow(parse(json_text(event))))
        except Exception as error:  # raised again, without what it says
            outcome.failed(error)
            raise_safely(error)
        outcome.succeeded()

    return invocation(handle, respond)
