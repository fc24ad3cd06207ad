"""What every invocation has in common, whatever triggers it: log context, metrics, one outcome.

Each kind of trigger has a module that builds on this one: `http`, `queue`, `event`, `schedule`,
`task`.
"""

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol, TypeVar

from aws_service_kit.runtime import correlation, deadline, init
from aws_service_kit.runtime.envelope import Correlated
from aws_service_kit.runtime.errors import (
    DependencyUnavailableError,
    Fault,
    InternalError,
    ServiceError,
    UnreadableAnswerError,
)
from aws_service_kit.runtime.ids import new_id, now
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.metrics import count, metrics

Event = dict[str, Any]
Answer = TypeVar("Answer")
Message = TypeVar("Message", bound=Correlated)


class LambdaContext(Protocol):
    """What is used of Lambda's context object."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    aws_request_id: str


Handler = Callable[[Event, LambdaContext], Answer]


def operation_of(handle: Callable[..., object]) -> str:
    """Return the name under which a handler is logged and measured: that of its module."""
    return handle.__module__.rpartition(".")[2]


def invocation(
    handle: Callable[..., object], respond: Callable[[Event], Answer]
) -> Handler[Answer]:
    """Make a Lambda handler of a function from event to answer.

    Args:
        handle: The service's own function, which gives the handler its name.
        respond: What the kind of trigger makes of it.
    """
    operation = operation_of(handle)

    @functools.wraps(handle)
    def entry(event: Event, context: LambdaContext) -> Answer:
        metrics.add_dimension("operation", operation)
        with deadline.of(context):
            return respond(event)

    measured = metrics.log_metrics(entry, capture_cold_start_metric=True)
    init.end()
    # Whatever the environment says, events aren't logged: they hold personal data.
    return logger.inject_lambda_context(measured, clear_state=True, log_event=False)


class Outcome:
    """How one piece of work goes, written as one log line and counted once.

    Args:
        work: What it is, for the log line: `Request`, `Message`, `Event`, `Task`.
        done: What a success is called: `answered`, `processed`.
        operation: The handler's name.
    """

    def __init__(self, work: str, done: str, operation: str) -> None:
        self._done = f"{work} {done}"
        self._refused = f"{work} refused"
        self._failed = f"{work} failed"
        self._operation = operation
        self._started = time.perf_counter()

    def succeeded(self, facts: Mapping[str, object] | None = None) -> None:
        """Record a success, with what else is safe to log."""
        count("Success")
        logger.info(self._done, extra=self._facts(facts))

    def failed(self, failure: Exception, facts: Mapping[str, object] | None = None) -> None:
        """Record a failure by whose fault it is, with what else is safe to log."""
        error = classify(failure)
        facts = {
            **self._facts(facts),
            "fault": error.fault,
            "error_code": error.code,
            "error_detail": error.detail,
        }
        count(error.fault)
        if error.fault is Fault.CALLER:
            logger.info(self._refused, extra=facts)
        else:
            logger.error(self._failed, exc_info=failure, extra=facts)

    def _facts(self, more: Mapping[str, object] | None) -> dict[str, object]:
        duration = round((time.perf_counter() - self._started) * 1000, 1)
        return {"operation": self._operation, **(more or {}), "duration_ms": duration}


def follow(message: Message) -> Message:
    """Log under a message's correlation id from now on.

    Returns:
        The message, or a copy with a new correlation id if what it had isn't one.
    """
    if not correlation.is_safe(message.correlation_id):
        message = message.model_copy(update={"correlation_id": new_id(now())})
    logger.set_correlation_id(message.correlation_id)
    return message


def classify(error: Exception) -> ServiceError:
    """Return an error's place in the taxonomy: what isn't a typed error is the service's fault."""
    if isinstance(error, UnreadableAnswerError):
        # Callers and state machines know the class that it stands for.
        return DependencyUnavailableError(error.detail, retry_after=error.retry_after)
    return error if isinstance(error, ServiceError) else InternalError()


def raise_safely(error: Exception) -> NoReturn:
    """Raise an error for Lambda to report, without what other exceptions say.

    Lambda logs the message of what isn't caught, and of its causes: it may be personal data.

    Raises:
        ServiceError: Always; retries and catches of a state machine name its class.
    """
    raise classify(error) from None
