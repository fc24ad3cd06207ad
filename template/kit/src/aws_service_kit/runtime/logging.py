"""Structured logs: one JSON object per line, with the same keys everywhere (guideline 6.1).

`level`, `message`, `timestamp` and `service` are always there; `correlation_id`, `cold_start`,
`function_name`, `function_request_id` and `xray_trace_id` during an invocation. Nothing personal
belongs into a log: give an event a fixed message, and what varies as keys that are safe.

Whatever the keys hold, a call writes exactly one line of JSON. What JSON can't express becomes text
if its class defines one (`__str__`), as times and decimals do. Of anything else, and of exceptions,
bytes and models, only the type is logged: their text may be personal data.
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

if TYPE_CHECKING:
    from aws_lambda_powertools.logging.types import LogRecord

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

# Lambda splits what is longer into several log events, of which none is JSON: 256 KB.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_LINE_BYTES = 250_000

# An endless recursion has a thousand stack locations: how many lines are logged of each end.
_END_LINES = 100

# What a line keeps that can't be written as it was meant.
_CONTEXT = ("service", "correlation_id", "function_name", "function_request_id", "cold_start")

# Python refuses to write longer integers (`sys.set_int_max_str_digits`).
_MAX_INTEGER_BITS = 10_000

# JSON allows these, but programs that read line by line take them for the end of one.
_LINE_ENDS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class SafeFormatter(LambdaPowertoolsFormatter):
    """Formats every record as one line of JSON, without what an exception says."""

    def __init__(self) -> None:
        super().__init__(utc=True, use_rfc3339=True, serialize_stacktrace=False)

    def format(self, record: logging.LogRecord) -> str:
        """Return the log line; if the record can't be written, a short one that says so."""
        try:
            return super().format(record)
        except Exception as error:  # otherwise the record would be printed as plain text
            return self._short_line(record, error)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (the standard library's name)
        """Return the types and stack locations of an exception, of its causes and its group."""
        lines = list(_locations(ei[1], set()))
        if len(lines) > 2 * _END_LINES:
            omitted = f"  … {len(lines) - 2 * _END_LINES} more lines"
            lines = [*lines[:_END_LINES], omitted, *lines[-_END_LINES:]]
        return "\n".join(lines)

    def serialize(self, log: "LogRecord") -> str:
        """Return the log line, without the notes added to an exception: they're free text.

        Raises:
            ValueError: it is too long.
        """
        trace_id = log.get("xray_trace_id")
        left_out = {"exception_notes"}
        # A caller can begin a trace, by a header.
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
    """Takes any key: one that a record has already gets an underscore behind its name."""

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


# Otherwise such a key is an error of the call, or is left out.
_TAKEN = {*vars(logging.makeLogRecord({})), *RESERVED_LOG_ATTRS, "asctime", "message"}


def _free(key: str) -> str:
    return f"{key}_" if key in _TAKEN else key


def to_json(value: object) -> str:
    """Return a value as one line of valid JSON, whatever it holds."""
    written = json.dumps(to_plain(value), separators=(",", ":"), ensure_ascii=False)
    # A lone surrogate can't be written.
    return written.encode(errors="replace").decode().translate(_LINE_ENDS)


def to_plain(value: object, *, within: frozenset[int] = frozenset()) -> Any:  # noqa: ANN401 (JSON)
    """Return what JSON can express of a value: nothing circular, no NaN, no class of its own.

    Args:
        value: What is to be written.
        within: The containers around it, by their `id`.
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
    kind = type(value)
    private = isinstance(value, BaseException | BaseModel | int | bytes | bytearray | memoryview)
    # A float here is infinite, or no number.
    if private or (kind.__str__ is object.__str__ and kind is not float):
        return _type_name(value)
    try:
        return str(value)
    except Exception as error:  # whatever the class does, the line is written
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


@contextmanager
def own_keys() -> Iterator[None]:
    """Take back the keys that the block, one of several pieces of work, appends to log lines."""
    before = dict(logger.get_current_keys())
    before_here = dict(logger.thread_safe_get_current_keys())
    try:
        yield
    finally:
        logger.remove_keys([key for key in logger.get_current_keys() if key not in before])
        logger.append_keys(**before)
        logger.thread_safe_clear_keys()
        logger.thread_safe_append_keys(**before_here)


def _level() -> int:
    name = os.environ.get("POWERTOOLS_LOG_LEVEL", "")
    return logging.getLevelNamesMapping().get(name.upper(), logging.NOTSET)


logging.setLoggerClass(_RecordLogger)
logger = Logger(logger_formatter=SafeFormatter())

# Powertools prefers Lambda's own level, which is INFO at most: a higher one would drop the metrics'
# lines. So what is below the configured level ends here, for every logger.
logging.disable(_level() - 1)

# What a handler can't write isn't printed instead, as text and with all its values.
logging.raiseExceptions = False

# At DEBUG the SDK logs whole requests and answers, and with them personal data.
logging.getLogger("botocore").setLevel(logging.INFO)
