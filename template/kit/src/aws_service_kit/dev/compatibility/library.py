"""Check whether two JSON Schemas are compatible, with the library `jsoncompat`.

The library runs in Node.js, because its Python package needs a newer Python than services have.
"""

from __future__ import annotations

import json
import subprocess
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from types import TracebackType

Json = dict[str, Any]
SCRIPT = Path(__file__).with_name("compatible.mjs")


class Direction(Enum):
    """Whether the service receives or sends values; the terms are those of `jsoncompat`."""

    RECEIVED = "deserializer"
    SENT = "serializer"


class CompatibilityError(Exception):
    """The comparison isn't possible; the message gives the remedy in one line."""


class Library:
    """A Node.js process with the library, which the first comparison starts."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._results: dict[str, bool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def compatible(self, before: Json, after: Json, direction: Direction) -> bool:
        """Return whether a schema can replace an earlier one.

        Args:
            before: The earlier schema, with its definitions.
            after: The later one, with its definitions.
            direction: Values that the service receives must still be valid. Values that it sends
                must still be expected by receivers.

        Raises:
            CompatibilityError: Node.js or the library isn't set up.
        """
        comparison = json.dumps({"before": before, "after": after, "role": direction.value})
        if comparison not in self._results:
            self._results[comparison] = self._compare(comparison)
        return self._results[comparison]

    def _compare(self, comparison: str) -> bool:
        if self._process is None:
            self._process = _start()
        try:
            stdin = cast("IO[str]", self._process.stdin)
            stdin.write(f"{comparison}\n")
            stdin.flush()
            result = cast("IO[str]", self._process.stdout).readline()
        except BrokenPipeError:
            result = ""
        if not result:
            raise CompatibilityError("jsoncompat isn't set up: run `python3 dev.py setup`.")
        return result.strip() == "true"


def _start() -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(  # noqa: S603 - a script of this package
            ["node", str(SCRIPT)],  # noqa: S607 - the environment's
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
    except FileNotFoundError:
        raise CompatibilityError("Node.js isn't set up: run `python3 dev.py setup`.") from None
