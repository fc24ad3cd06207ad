"""The common part of all invocations: log context, metrics and outcome.

Each type of trigger has a module that builds on this one: `http`, `batch`, `event_handler`, `task`,
`rotation`.
"""

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol, TypeVar

from aws_service_kit.runtime import cold_start, correlation, deadline
from aws_service_kit.runtime.envelope import Correlated
from aws_service_kit.runtime.errors import (
    DependencyUnavailableError,
    Fault,
    InternalError,
    ServiceError,
    UnreadableResponseError,
)
from aws_service_kit.runtime.failed_calls import resource_of
from aws_service_kit.runtime.former_names import renamed
from aws_service_kit.runtime.ids import new_id, now
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.metrics import count, metrics

Event = dict[str, Any]
Result = TypeVar("Result")
Message = TypeVar("Message", bound=Correlated)


class LambdaContext(Protocol):
    """The used part of Lambda's context object."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    aws_request_id: str


Handler = Callable[[Event, LambdaContext], Result]


def operation_of(handle: Callable[..., object]) -> str:
    """Return the handler's name in logs and metrics: the name of its module."""
    return handle.__module__.rpartition(".")[2]


def invocation(
    handle: Callable[..., object], respond: Callable[[Event], Result]
) -> Handler[Result]:
    """Make a Lambda handler of a function from event to result.

    Args:
        handle: The service's function, which names the handler.
        respond: The function of the trigger's module, which calls `handle`.
    """
    operation = operation_of(handle)

    @functools.wraps(handle)
    def entry(event: Event, context: LambdaContext) -> Result:
        metrics.add_dimension("operation", operation)
        with deadline.of(context):
            return respond(event)

    measured = metrics.log_metrics(entry, capture_cold_start_metric=True)
    cold_start.freeze_objects()
    # Events contain personal data, so no environment variable may switch their logging on.
    return logger.inject_lambda_context(measured, clear_state=True, log_event=False)


class Outcome:
    """The outcome of one piece of work, written as one log line and one metric.

    Args:
        work: The type of work in the log line: `Request`, `Message`, `Event`, `Task`.
        done: The word for a success in the log line: `answered`, `processed`.
        operation: The handler's name.
    """

    def __init__(self, work: str, done: str, operation: str) -> None:
        self._done = f"{work} {done}"
        self._rejected = f"{work} refused"
        self._failed = f"{work} failed"
        self._operation = operation
        self._started = time.perf_counter()

    def succeeded(self, facts: Mapping[str, object] | None = None) -> None:
        """Log and count a success, with further keys that are safe to log."""
        count("Success")
        logger.info(self._done, extra=self._facts(facts))

    def failed(self, failure: Exception, facts: Mapping[str, object] | None = None) -> None:
        """Log and count a failure by its fault, with further keys that are safe to log."""
        error = classify(failure)
        facts = {
            **self._facts(facts),
            "fault": error.fault,
            "error_code": error.code,
            "error_detail": error.detail,
        }
        if resource := resource_of(failure):
            facts["error_resource"] = resource
        count(error.fault)
        if error.fault is Fault.CALLER:
            logger.info(self._rejected, extra=facts)
        else:
            logger.error(self._failed, exc_info=failure, extra=facts)

    def _facts(self, more: Mapping[str, object] | None) -> dict[str, object]:
        duration = round((time.perf_counter() - self._started) * 1000, 1)
        return {"operation": self._operation, **(more or {}), "duration_ms": duration}


def bind_correlation_id(message: Message) -> Message:
    """Use a message's correlation id in the log lines that follow.

    Returns:
        The message, or a copy with a new correlation id if its id isn't safe to log.
    """
    if not correlation.is_safe(message.correlation_id):
        message = message.model_copy(update={"correlation_id": new_id(now())})
    logger.set_correlation_id(message.correlation_id)
    return message


def classify(error: Exception) -> ServiceError:
    """Return the typed error of an exception; an untyped one is the service's fault."""
    if isinstance(error, UnreadableResponseError):
        # State machines match errors by the name of this class.
        return DependencyUnavailableError(error.detail, retry_after=error.retry_after)
    return error if isinstance(error, ServiceError) else InternalError()


def raise_redacted(error: Exception) -> NoReturn:
    """Raise an exception as a typed error, without the messages of other exceptions.

    Lambda logs the message of an uncaught exception and of its causes, which may be personal data.

    Raises:
        ServiceError: Always. State machines retry and catch it by the name of its class.
    """
    raise classify(error) from None


follow = renamed(bind_correlation_id, "follow")
raise_safely = renamed(raise_redacted, "raise_safely")
