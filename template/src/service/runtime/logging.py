# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Structured logs: one JSON object per line, with the same keys everywhere (guideline 6.1).

`level`, `message`, `timestamp` and `service` are always there; `correlation_id`, `cold_start`,
`function_name`, `function_request_id` and `xray_trace_id` during an invocation. Nothing personal
belongs into a log: give an event a fixed message, and what varies as keys that are safe.
"""

import logging
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

if TYPE_CHECKING:
    from aws_lambda_powertools.logging.types import LogRecord

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class SafeFormatter(LambdaPowertoolsFormatter):
    """Tells where an exception came from, but not what it says, which may be personal data."""

    def __init__(self) -> None:
        super().__init__(utc=True, use_rfc3339=True, serialize_stacktrace=False)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (the standard library's name)
        """Return the types and stack locations of an exception and of its causes."""
        return "\n".join(_locations(ei[1]))

    def serialize(self, log: "LogRecord") -> str:
        """Return the log line, without the notes added to an exception: they're free text."""
        return super().serialize(
            {key: value for key, value in log.items() if key != "exception_notes"}
        )


def _locations(error: BaseException | None) -> Iterator[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield f"{type(error).__module__}.{type(error).__qualname__}"
        for frame, line in traceback.walk_tb(error.__traceback__):
            yield f"  {frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


logger = Logger(logger_formatter=SafeFormatter())

# At DEBUG the SDK logs whole requests and answers, and with them personal data.
logging.getLogger("botocore").setLevel(logging.INFO)
