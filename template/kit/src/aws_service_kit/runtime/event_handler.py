"""Entry point of asynchronous invocations: rules of a bus, and schedules (guideline 4.2).

A failure is raised, because no caller waits for a response. Lambda then retries, and finally sends
the event to the function's dead-letter queue.
"""

from collections.abc import Callable

from aws_service_kit.runtime.envelope import Envelope, json_text, parse
from aws_service_kit.runtime.invocation import (
    Event,
    Handler,
    Message,
    Outcome,
    bind_correlation_id,
    invocation,
    operation_of,
    raise_redacted,
)
from aws_service_kit.runtime.log_context import LogContext


def event_handler(handle: Callable[[Envelope], None]) -> Handler[None]:
    """Make a Lambda handler of a function that takes an envelope.

    The constructs for rules and schedules pass the envelope itself. An event may arrive more than
    once, with the same envelope id.

    Example:
        ```python
        @event_handler
        def handler(message: Envelope) -> None:
            report(message.time.date() - timedelta(days=1))
        ```
    """
    return handler_of(handle, parse)


def handler_of(
    handle: Callable[[Message], None], parse_message: Callable[[str], Message]
) -> Handler[None]:
    """Make a Lambda handler of a function that takes an event in another format.

    Args:
        handle: The function.
        parse_message: Parses the event's JSON.
    """
    log_context = LogContext(handle)

    def respond(event: Event) -> None:
        outcome = Outcome("Event", "processed", operation_of(handle))
        try:
            handle(log_context.bind(bind_correlation_id(parse_message(json_text(event)))))
        except Exception as error:  # raised again, without its message
            outcome.failed(error)
            raise_redacted(error)
        outcome.succeeded()

    return invocation(handle, respond)
