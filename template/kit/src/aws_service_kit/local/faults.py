"""Fault injection: some AWS calls of functions get 503, decided by a seed.

It is ASGI middleware in the emulator's process, on a separate port for functions. A proxy in
another process would slow the functions down.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.local.access_control import Application, Message, Receive, Send

# The application id in the SDK's `User-Agent` of functions that aren't retried.
TRIED_ONCE = "tried-once"

# Authorization: … Credential=KEY/DATE/REGION/SERVICE/aws4_request, … (Signature Version 4).
SERVICE = re.compile(r"Credential=[^/]+/\d+/[\w-]+/(?P<service>[\w-]+)/aws4_request")
ATTEMPT = re.compile(r"\battempt=(?P<attempt>\d+)")


class Happening(Enum):
    """The fate of an attempt."""

    ANSWERED = auto()
    # It succeeds; the SDK's timeout expired before the previous response.
    REPEATED = auto()
    # It fails once.
    FAILS_ONCE = auto()
    # It fails at every attempt.
    FAILS = auto()


@dataclass(frozen=True)
class Attempt:
    """An attempt of the SDK at a call.

    Attributes:
        call: The call's id, equal for all its attempts.
        number: The attempt's number, from 1.
        service: The called service, such as `dynamodb`.
        tried_once: Whether the calling function isn't retried.
    """

    call: str
    number: int
    service: str
    tried_once: bool = False


def attempt_in(headers: Mapping[str, str]) -> Attempt | None:
    """Return the attempt of a request, or None if no SDK sent it.

    Args:
        headers: The request's headers by lower-case name.
    """
    call = headers.get("amz-sdk-invocation-id")
    number = ATTEMPT.search(headers.get("amz-sdk-request", ""))
    service = SERVICE.search(headers.get("authorization", ""))
    if call is None or number is None or service is None:
        return None
    products = headers.get("user-agent", "").split()
    return Attempt(
        call, int(number["attempt"]), service["service"], f"app/{TRIED_ONCE}" in products
    )


@dataclass(frozen=True)
class Plan:
    """The share of failing calls.

    Attributes:
        seed: The seed that decides which calls fail.
        once: The share of calls that fail at their first attempt, which the SDK retries.
        always: The share of calls that fail at every attempt, so that the function fails.
    """

    seed: int
    once: float
    always: float


class Faults:
    """The failing calls: a separate sequence for each service, determined by the seed.

    A call that fails at every attempt requires that the function itself is retried: where the
    emulator doesn't, no call fails like that.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._draws: dict[str, Random] = {}
        self._failing: dict[str, Happening] = {}

    def happens(self, attempt: Attempt) -> Happening:
        """Decide the fate of a call at its first attempt, and return it for later attempts."""
        first = attempt.number == 1
        if first and (decided := self._decide(attempt)) is not Happening.ANSWERED:
            self._failing[attempt.call] = decided
        fate = self._failing.get(attempt.call)
        if fate is Happening.FAILS or (fate is not None and first):
            return fate
        expected = 1 if fate is None else 2
        return Happening.ANSWERED if attempt.number == expected else Happening.REPEATED

    def _decide(self, attempt: Attempt) -> Happening:
        plan = self._plan
        own = Random(f"{plan.seed} {attempt.service}")  # noqa: S311 (no secret)
        drawn = self._draws.setdefault(attempt.service, own).random()
        if drawn < plan.always and not attempt.tried_once:
            return Happening.FAILS
        often = drawn < plan.always + plan.once
        return Happening.FAILS_ONCE if often else Happening.ANSWERED


class Faulty:
    """The emulator with faults on one of its ports.

    Args:
        application: The emulator.
        port: The port on which calls fail.
        faults: The faults.
        log: Receives a line of JSON for each failing call and for each retry of one.
    """

    def __init__(self, application: Application, port: int, faults: Faults, log: TextIO) -> None:
        self._application = application
        self._port = port
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Respond with a fault, or forward the request to the emulator."""
        if scope["type"] == "http" and scope["server"][1] == self._port and self._fails(scope):
            # The request is read to its end, so that the connection can be reused.
            while (await receive()).get("more_body"):
                pass
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body"})
            return
        await self._application(scope, receive, send)

    def _fails(self, scope: Message) -> bool:
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        attempt = attempt_in(headers)
        if attempt is None:
            return False
        happens = self._faults.happens(attempt)
        again = happens is Happening.FAILS and attempt.number > 1
        if happens is not Happening.ANSWERED and not again:
            line = {"call": attempt.call, "service": attempt.service, "happened": happens.name}
            print(json.dumps(line), file=self._log, flush=True)
        return happens in {Happening.FAILS_ONCE, Happening.FAILS}
