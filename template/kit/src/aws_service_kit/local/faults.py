"""Fault injection: some AWS calls of functions get the status 503, chosen by a random seed.

This is ASGI middleware in the emulator's process, on a separate port for functions. A proxy in
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
NOT_RETRIED = "tried-once"

# Authorization: … Credential=KEY/DATE/REGION/SERVICE/aws4_request, … (Signature Version 4).
SERVICE = re.compile(r"Credential=[^/]+/\d+/[\w-]+/(?P<service>[\w-]+)/aws4_request")
ATTEMPT = re.compile(r"\battempt=(?P<attempt>\d+)")


class AttemptResult(Enum):
    """The result of an attempt."""

    SUCCEEDS = auto()
    # It succeeds; the SDK's timeout expired before the previous response.
    REPEATED = auto()
    # It fails once.
    FAILS_ONCE = auto()
    # It fails at every attempt.
    FAILS = auto()


@dataclass(frozen=True)
class Attempt:
    """An attempt of the SDK to make a call.

    Attributes:
        call: The call's id, equal for all its attempts.
        number: The attempt's number, from 1.
        service: The called service, such as `dynamodb`.
        not_retried: Whether the calling function isn't retried.
    """

    call: str
    number: int
    service: str
    not_retried: bool = False


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
        call, int(number["attempt"]), service["service"], f"app/{NOT_RETRIED}" in products
    )


@dataclass(frozen=True)
class Plan:
    """The shares of failing calls.

    Attributes:
        seed: The random seed, which determines the failing calls.
        once: The share of calls that fail at their first attempt, which the SDK retries.
        always: The share of calls that fail at every attempt, so that the function fails.
    """

    seed: int
    once: float
    always: float


class Faults:
    """The failing calls: a separate sequence for each service, determined by the seed.

    If a call fails at every attempt, the function fails and must be retried. If the emulator
    doesn't retry the function, none of its calls fails at every attempt.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._draws: dict[str, Random] = {}
        self._failing: dict[str, AttemptResult] = {}

    def result_of(self, attempt: Attempt) -> AttemptResult:
        """Return the result of an attempt; a call's first attempt determines the later results."""
        first = attempt.number == 1
        if first and (decided := self._decide(attempt)) is not AttemptResult.SUCCEEDS:
            self._failing[attempt.call] = decided
        result = self._failing.get(attempt.call)
        if result is AttemptResult.FAILS or (result is not None and first):
            return result
        expected = 1 if result is None else 2
        return AttemptResult.SUCCEEDS if attempt.number == expected else AttemptResult.REPEATED

    def _decide(self, attempt: Attempt) -> AttemptResult:
        plan = self._plan
        random = Random(f"{plan.seed} {attempt.service}")  # noqa: S311 (no secret)
        drawn = self._draws.setdefault(attempt.service, random).random()
        if drawn < plan.always and not attempt.not_retried:
            return AttemptResult.FAILS
        often = drawn < plan.always + plan.once
        return AttemptResult.FAILS_ONCE if often else AttemptResult.SUCCEEDS


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
        result = self._faults.result_of(attempt)
        again = result is AttemptResult.FAILS and attempt.number > 1
        if result is not AttemptResult.SUCCEEDS and not again:
            line = {"call": attempt.call, "service": attempt.service, "happened": result.name}
            print(json.dumps(line), file=self._log, flush=True)
        return result in {AttemptResult.FAILS_ONCE, AttemptResult.FAILS}
