"""The library `jsoncompat`, which decides whether two JSON Schemas are compatible.

It runs in Node.js: its Python package needs a newer Python than services may have.
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
    """Which way values go, by the role of the service in the words of `jsoncompat`."""

    RECEIVED = "deserializer"
    SENT = "serializer"


class CompatibilityError(Exception):
    """The comparison is impossible; the message is one line that says what to do."""


class Library:
    """A process of Node.js with the library, started by the first question."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._answers: dict[str, bool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
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
            direction: Received values that were valid must still be; sent values must still be
                ones that receivers expect.

        Raises:
            CompatibilityError: Node.js or the library isn't set up.
        """
        question = json.dumps({"before": before, "after": after, "role": direction.value})
        if question not in self._answers:
            self._answers[question] = self._ask(question)
        return self._answers[question]

    def _ask(self, question: str) -> bool:
        if self._process is None:
            self._process = _start()
        try:
            asking = cast("IO[str]", self._process.stdin)
            asking.write(f"{question}\n")
            asking.flush()
            answer = cast("IO[str]", self._process.stdout).readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise CompatibilityError("jsoncompat isn't set up: run `python3 dev.py setup`.")
        return answer.strip() == "true"


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
