"""Log the errors of functions that don't start, which the emulator doesn't do.

Lambda logs the error of a handler's import, with its traceback. The emulator only returns the
message to the caller. This module runs in the emulator's process and changes that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ministack.core import lambda_runtime  # type: ignore[import-not-found]
from ministack.services import lambda_svc  # type: ignore[import-not-found]

from aws_service_kit.local import DEBUG_SESSION

Result = dict[str, Any]
Execute = Callable[[Result, Result, str], Result]

# The code of the emulator's loop that reports a failed import, and the code that replaces it.
MESSAGE = '{"status": "error", "error": str(e)}'
TRACEBACK = '{"status": "error", "error": traceback.format_exc()}'
# The emulator's errors for a process that ended before it read the invocation.
ENDED = ("Worker process died", "[Errno 32] Broken pipe")
# The frames of the loop and of the import system.
LOOP = re.compile(
    r'^  File "(?:[^"]*_worker\.py|[^"]*importlib/__init__\.py|<frozen importlib[^"]*)".*\n'
    r"(?:    .*\n)*",
    re.MULTILINE,
)


def log_failed_starts() -> None:
    """Log the tracebacks of failed imports, and the errors of processes that end at their start.

    Raises:
        RuntimeError: The emulator's loop has other code, as in another release of the emulator.
    """
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(MESSAGE) != 1:
        raise RuntimeError("The emulator's loop has changed: adapt `failed_starts`.")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(MESSAGE, TRACEBACK)
    execute = lambda_svc._execute_function_warm
    lambda_svc._execute_function_warm = logged(retried(execute))


def retried(execute: Execute) -> Execute:
    """Return a function that retries an invocation if a debugged process has just ended.

    Such a process ends between two invocations (`debugged_function`), so no invocation is executed
    twice.
    """

    def execute_again(function: Result, event: Result, request_id: str) -> Result:
        result = execute(function, event, request_id)
        config = function.get("config") or function
        variables = (config.get("Environment") or {}).get("Variables") or {}
        body = result.get("body")
        ended = isinstance(body, dict) and body.get("errorMessage") in ENDED
        if result.get("error") and ended and DEBUG_SESSION in variables:
            return execute(function, event, request_id)
        return result

    return execute_again


def logged(execute: Execute) -> Execute:
    """Return a function that logs errors without log lines, and returns their last line."""

    def execute_and_log(function: Result, event: Result, request_id: str) -> Result:
        result = execute(function, event, request_id)
        body = result.get("body")
        if result.get("error") and not result.get("log") and isinstance(body, dict):
            text = LOOP.sub("", str(body.get("errorMessage") or "")).strip()
            result["log"] = text
            body["errorMessage"] = text.rpartition("\n")[2]
        return result

    return execute_and_log
