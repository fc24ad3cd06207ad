"""Dependencies that fail now and then: answers 503 instead of AWS's, decided by a seed.

It stands in the emulator's own process, as ASGI middleware at an address of the functions' own: a
proxy of another process would take the functions' time, and has made them wait too long.
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

    from aws_service_kit.local.access import Application, Message, Receive, Send

# The application id in the SDK's `User-Agent` of functions that the emulator tries only once.
TRIED_ONCE = "tried-once"

# Authorization: … Credential=KEY/DATE/REGION/SERVICE/aws4_request, … (Signature Version 4).
SERVICE = re.compile(r"Credential=[^/]+/\d+/[\w-]+/(?P<service>[\w-]+)/aws4_request")
ATTEMPT = re.compile(r"\battempt=(?P<attempt>\d+)")


class Happening(Enum):
    """What happens to an attempt."""

    ANSWERED = auto()
    # Answered too, but the answer before came too late for the SDK.
    REPEATED = auto()
    # For the first time, and not again.
    FAILS_ONCE = auto()
    # Every time.
    FAILS = auto()


@dataclass(frozen=True)
class Attempt:
    """One of the SDK's attempts at a call.

    Attributes:
        call: The call's id, the same for each attempt.
        number: From 1.
        service: Which service is called, such as `dynamodb`.
        tried_once: Whether nobody tries the caller again.
    """

    call: str
    number: int
    service: str
    tried_once: bool = False


def attempt_in(headers: Mapping[str, str]) -> Attempt | None:
    """Read which attempt a request is, or None if no SDK sent it.

    Args:
        headers: The request's, by their names in lower case.
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
    """How much fails.

    Attributes:
        seed: Decides which calls.
        once: The share of calls that fail at their first attempt, which the SDK makes good.
        always: The share of calls that fail at every attempt, so that the function fails.
    """

    seed: int
    once: float
    always: float


class Faults:
    """Which calls fail: for each service a sequence of its own, the same for the same seed.

    A call that fails at every attempt needs a caller of the function who tries again: where the
    emulator doesn't, no call fails like that.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._draws: dict[str, Random] = {}
        self._failing: dict[str, Happening] = {}

    def happens(self, attempt: Attempt) -> Happening:
        """Decide about a call at its first attempt, and stand by it at the others."""
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
    """The emulator, with faults at one of its ports.

    Args:
        application: The emulator.
        port: Where calls fail.
        faults: Which.
        log: Gets a line of JSON for each call that fails, and for each attempt that repeats one.
    """

    def __init__(self, application: Application, port: int, faults: Faults, log: TextIO) -> None:
        self._application = application
        self._port = port
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request with a fault, or have the emulator answer it."""
        if scope["type"] == "http" and scope["server"][1] == self._port and self._fails(scope):
            # Read to its end, so that the connection serves the next request too.
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
