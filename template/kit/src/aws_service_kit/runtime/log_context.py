"""Keys that a service adds to the log lines of each request, message, event and task.

The service returns them from one function, `log_keys` in `log_context.py` next to its handlers. The
entry points call it before the handler. The keys apply to that piece of work only, so a log line
never has the keys of another message of the batch. The module is optional.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from aws_service_kit.runtime.envelope import Correlated
from aws_service_kit.runtime.logging import add_keys, logger

if TYPE_CHECKING:
    from aws_service_kit.runtime.request import Request

MODULE = "log_context"

_Work = TypeVar("_Work", bound="Request | Correlated")
_LogKeys: TypeAlias = "Callable[[Request | Correlated], Mapping[str, object]]"


class LogContext:
    """The further log keys of a handler.

    Args:
        handle: The handler; the module `log_context` is looked up in its package.
    """

    def __init__(self, handle: Callable[..., object]) -> None:
        self._log_keys = _find_log_keys(handle.__module__)

    def bind(self, work: _Work) -> _Work:
        """Add the keys of a piece of work to the log lines that follow, and return the work.

        A failure in the service's function is logged and doesn't fail the work. The log lines that
        follow have the error's type as `log_keys_error`.
        """
        if self._log_keys is not None:
            try:
                add_keys(self._log_keys(work))
            except Exception as error:  # missing log keys must not fail a request
                logger.warning("Log keys left out", exc_info=error)
                add_keys(_missing_keys(error))
        return work


def _missing_keys(error: Exception) -> Mapping[str, object]:
    return {"log_keys_error": type(error).__name__}


def _find_log_keys(module: str) -> "_LogKeys | None":
    package = module.rpartition(".")[0]
    name = f"{package}.{MODULE}" if package else MODULE
    try:
        log_keys: _LogKeys = importlib.import_module(name).log_keys
    except ModuleNotFoundError as error:
        if f"{name}.".startswith(f"{error.name}."):
            return None
        raise
    return log_keys
