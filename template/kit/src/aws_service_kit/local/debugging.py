"""Functions of the local environment that wait for a debugger, without time-outs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import aws_lambda as lambda_

from aws_service_kit.config import ConfigError
from aws_service_kit.config.resources import LONGEST_TIMEOUT_SECONDS, FunctionSettings
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.function import Function
from aws_service_kit.local import DEBUG_FOLDER, DEBUG_FUNCTIONS, DEBUG_SESSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aws_service_kit.config import EnvironmentConfig

# A day. With Lambda's maximum, the emulator would end a function at a breakpoint.
UNLIMITED_SECONDS = 86_400


@dataclass(frozen=True)
class Debugged:
    """The functions to debug.

    Attributes:
        names: Names of their handlers, such as `submit_request`, or ids of their constructs.
        folder: The folder of the debugger (`debugger.Debugger`).
    """

    names: Sequence[str]
    folder: Path

    @staticmethod
    def of(variables: Mapping[str, str]) -> Debugged | None:
        """Return the functions that the environment variables list; None if they list none."""
        names = variables.get(DEBUG_FUNCTIONS)
        return Debugged(names.split(","), Path(variables[DEBUG_FOLDER])) if names else None


def find_functions(functions: Iterable[object], names: Sequence[str]) -> list[Function]:
    """Return functions by names in any spelling, such as `submit-request` or `SubmitRequest`.

    Args:
        functions: All functions.
        names: The names of handlers, or the ids of constructs.

    Raises:
        ConfigError: There is no function with one of the names.
    """
    known = {
        name: each for each in functions if isinstance(each, Function) for name in _names(each)
    }
    for name in names:
        if _normalized(name) not in known:
            handlers = sorted({each.module for each in known.values()})
            raise ConfigError(f"no function is called {name}; there are: {', '.join(handlers)}")
    return list(dict.fromkeys(known[_normalized(name)] for name in names))


def with_longest_timeouts(
    environment: EnvironmentConfig, functions: Iterable[Function]
) -> EnvironmentConfig:
    """Return an environment in which some functions and their callers have the maximum time-out.

    Args:
        environment: The environment.
        functions: The functions, as they are in the environment.
    """
    longest = FunctionSettings.model_validate({"timeout_seconds": LONGEST_TIMEOUT_SECONDS})
    tables = dict(environment.functions)
    for name in (each.node.id for each in functions):
        before = tables.get(name, longest)
        tables[name] = before.model_copy(update=longest.model_dump(exclude_unset=True))
    return environment.model_copy(
        update={
            "functions": tables,
            "api_integration_timeout_seconds": LONGEST_TIMEOUT_SECONDS + 1,
        }
    )


def debug(function: Function, folder: Path, dependencies: Path) -> None:
    """Let a function attach to the debugger, and remove its time-out."""
    function.add_environment(DEBUG_SESSION, str(folder / "session.json"))
    # Omits a warning that Python's frozen modules can't be debugged.
    function.add_environment("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    function.add_environment("PYTHONPATH", f"{folder}:{dependencies}")
    resource = cfn_resource(function.function, lambda_.CfnFunction)
    resource.add_property_override("Timeout", UNLIMITED_SECONDS)


def _names(function: Function) -> Iterator[str]:
    yield _normalized(function.module)
    yield _normalized(function.node.id)


def _normalized(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
