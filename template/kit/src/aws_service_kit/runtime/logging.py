"""Structured logs: one JSON object per line, with the same keys everywhere (guideline 6.1).

Each line has `level`, `message`, `timestamp` and `service`; during an invocation also
`correlation_id`, `cold_start`, `function_name`, `function_request_id` and `xray_trace_id`. Logs
contain no personal data: use a fixed message, and keys for the values that are safe.

Three ways to add a key, such as a tenant's id:

- to every line about a request, a message, an event or a task: `log_keys` in the service's
  `src/service/handlers/log_context.py` returns it;
- to the lines that follow in one handler: `logger.append_keys(tenant_id=…)`;
- to one line: `logger.info("…", extra={"tenant_id": …})`.

The keys of the first two ways apply to that request, message, event or task only.

A call writes exactly one line of JSON for any value. A value that JSON lacks becomes text if its
class defines one (`__str__`), as times and decimals do. Of other values, and of exceptions, bytes
and models, only the type is logged, since their text may be personal data.
"""

import json
import logging
import math
import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS, LambdaPowertoolsFormatter
from pydantic import BaseModel

from aws_service_kit.runtime import correlation
from aws_service_kit.runtime.former_names import renamed

if TYPE_CHECKING:
    from aws_lambda_powertools.logging.types import LogRecord

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

# Lambda splits a longer line into several log events, none of which is JSON (256 KB).
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_LINE_BYTES = 250_000

# Lines that are logged from each end of a long stack trace, such as that of an endless recursion.
_END_LINES = 100

# The keys of the short line that replaces a line that can't be written.
_CONTEXT = ("service", "correlation_id", "function_name", "function_request_id", "cold_start")

# Python can't write longer integers (`sys.set_int_max_str_digits`).
_MAX_INTEGER_BITS = 10_000

# JSON allows these characters, but programs that read by line treat them as the end of a line.
_LINE_ENDS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class SafeFormatter(LambdaPowertoolsFormatter):
    """Formats every record as one line of JSON, without messages of exceptions."""

    def __init__(self) -> None:
        super().__init__(utc=True, use_rfc3339=True, serialize_stacktrace=False)

    def format(self, record: logging.LogRecord) -> str:
        """Return the log line; a short one with `logging_error` if it can't be written."""
        try:
            return super().format(record)
        except Exception as error:  # else the record would be printed as plain text
            return self._short_line(record, error)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (the standard library's name)
        """Return types and stack locations of an exception, its causes and its group."""
        lines = list(_locations(ei[1], set()))
        if len(lines) > 2 * _END_LINES:
            omitted = f"  … {len(lines) - 2 * _END_LINES} more lines"
            lines = [*lines[:_END_LINES], omitted, *lines[-_END_LINES:]]
        return "\n".join(lines)

    def serialize(self, log: "LogRecord") -> str:
        """Return the log line, without the notes of an exception, which are free text.

        Raises:
            ValueError: The line is too long.
        """
        trace_id = log.get("xray_trace_id")
        left_out = {"exception_notes"}
        # A caller can set the trace's id by a header.
        if isinstance(trace_id, str) and not correlation.is_safe(trace_id):
            left_out.add("xray_trace_id")
        written = to_json({key: value for key, value in log.items() if key not in left_out})
        if len(written.encode()) > MAX_LINE_BYTES:
            raise ValueError("The log line is too long.")
        return written

    def _short_line(self, record: logging.LogRecord, error: Exception) -> str:
        message = record.msg if isinstance(record.msg, str) else _type_name(record.msg)
        context = {key: self.log_format.get(key) for key in _CONTEXT}
        return to_json(
            {
                "level": record.levelname,
                "location": f"{record.funcName}:{record.lineno}",
                "message": message[:1000],
                "timestamp": self.formatTime(record),
                **{key: value for key, value in context.items() if isinstance(value, str | bool)},
                "logging_error": type(error).__name__,
            }
        )


class _RecordLogger(logging.Logger):
    """Accepts any key; a key of the record itself gets an underscore at its end."""

    def makeRecord(  # noqa: N802, PLR0913, PLR0917 (the standard library's)
        self,
        name: str,
        level: int,
        fn: str,
        lno: int,
        msg: object,
        args: Any,  # noqa: ANN401 (the standard library's)
        exc_info: Any,  # noqa: ANN401 (the standard library's)
        func: str | None = None,
        extra: Mapping[str, object] | None = None,
        sinfo: str | None = None,
    ) -> logging.LogRecord:
        """Return the record of a call."""
        free = {_free(str(key)): value for key, value in (extra or {}).items()}
        return super().makeRecord(
            name, level, fn, lno, msg, args, exc_info, func=func, extra=free, sinfo=sinfo
        )


# The logging module rejects such a key, or Powertools drops it.
_TAKEN = {*vars(logging.makeLogRecord({})), *RESERVED_LOG_ATTRS, "asctime", "message"}


def _free(key: str) -> str:
    return f"{key}_" if key in _TAKEN else key


def to_json(value: object) -> str:
    """Return any value as one line of valid JSON."""
    written = json.dumps(to_plain(value), separators=(",", ":"), ensure_ascii=False)
    # A lone surrogate can't be encoded.
    return written.encode(errors="replace").decode().translate(_LINE_ENDS)


def to_plain(value: object, *, within: frozenset[int] = frozenset()) -> Any:  # noqa: ANN401 (JSON)
    """Return a value in types of JSON: not circular, without NaN, without other classes.

    Args:
        value: The value.
        within: The `id` of each container around it.
    """
    if _is_plain(value):
        return value
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return _text(value)
    if id(value) in within:
        return "<circular>"
    within |= {id(value)}
    if isinstance(value, Mapping):
        return {
            str(to_plain(key, within=within)): to_plain(item, within=within)
            for key, item in value.items()
        }
    return [to_plain(item, within=within) for item in value]


def _is_plain(value: object) -> bool:
    match value:
        case None | bool() | str():
            return True
        case int():
            return value.bit_length() <= _MAX_INTEGER_BITS
        case float():
            return math.isfinite(value)
    return False


def _text(value: object) -> str:
    cls = type(value)
    private = isinstance(value, BaseException | BaseModel | int | bytes | bytearray | memoryview)
    # A float here is infinite or NaN.
    if private or (cls.__str__ is object.__str__ and cls is not float):
        return _type_name(value)
    try:
        return str(value)
    except Exception as error:  # the line is written for any class
        return _unprintable(value, error)


def _type_name(value: object) -> str:
    return f"<{type(value).__module__}.{type(value).__qualname__}>"


def _unprintable(value: object, error: Exception) -> str:
    return f"{_type_name(value)}: {type(error).__qualname__}"


def _locations(error: BaseException | None, seen: set[int], indent: str = "") -> Iterator[str]:
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield f"{indent}{type(error).__module__}.{type(error).__qualname__}"
        for frame, line in traceback.walk_tb(error.__traceback__):
            yield f"{indent}  {frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _locations(one, seen, f"{indent}| ")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


# Keys that the kit sets.
_KIT_KEYS = {
    *_CONTEXT,
    "function_arn",
    "function_memory_size",
    "level",
    "operation",
    "xray_trace_id",
}


def add_keys(keys: Mapping[str, object]) -> None:
    """Add keys to the log lines that follow; a key of the kit gets an underscore at its end."""
    free = {_free(str(key)): value for key, value in keys.items()}
    logger.append_keys(
        **{f"{key}_" if key in _KIT_KEYS else key: value for key, value in free.items()}
    )


@contextmanager
def temporary_keys() -> Iterator[None]:
    """Remove the keys that a block appends to log lines, and restore those that it removes."""
    before = dict(logger.get_current_keys())
    before_here = dict(logger.thread_safe_get_current_keys())
    try:
        yield
    finally:
        logger.remove_keys([key for key in logger.get_current_keys() if key not in before])
        logger.append_keys(**before)
        logger.thread_safe_clear_keys()
        logger.thread_safe_append_keys(**before_here)


own_keys = renamed(temporary_keys, "own_keys")


def _level() -> int:
    name = os.environ.get("POWERTOOLS_LOG_LEVEL", "")
    return logging.getLevelNamesMapping().get(name.upper(), logging.NOTSET)


logging.setLoggerClass(_RecordLogger)
logger = Logger(logger_formatter=SafeFormatter())

# Powertools prefers Lambda's level, which is INFO at most, because a higher one would drop the
# lines of metrics. So records below the configured level are dropped here, for every logger.
logging.disable(_level() - 1)

# A record that can't be written isn't printed as text with all its values.
logging.raiseExceptions = False

# At DEBUG the SDK logs whole requests and responses, which contain personal data.
logging.getLogger("botocore").setLevel(logging.INFO)
