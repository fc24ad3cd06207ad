"""Call an API in the emulator, as a caller's program does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from aws_service_kit.local.resources import STAGE, host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.local.callers import Caller
    from aws_service_kit.local.cloud import Cloud


@dataclass(frozen=True)
class Answer:
    """What an API answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Api:
    """A REST API in the emulator.

    Attributes:
        cloud: The emulator.
        id: The API's id.
        caller: Who calls, unless a call says otherwise.
    """

    cloud: Cloud
    id: str
    caller: Caller

    def call(
        self,
        route: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        caller: Caller | None = None,
    ) -> Answer:
        """Call a route.

        Args:
            route: Verb and path, such as `POST /requests`.
            body: What is sent as JSON, if anything.
            headers: More headers.
            caller: Who calls.
        """
        method, _, path = route.partition(" ")
        request = AWSRequest(
            method=method,
            url=f"{self.url}{path}",
            data=None if body is None else json.dumps(body),
            headers={
                **self.headers,
                **({} if body is None else {"Content-Type": "application/json"}),
                **(headers or {}),
            },
        )
        (caller or self.caller).authenticate(request)
        answer = self._session.send(request.prepare())
        text = answer.content.decode()
        return Answer(answer.status_code, answer.headers, json.loads(text) if text else None)

    @property
    def url(self) -> str:
        """Where programs find it: at a number, so that no resolver has to know a name."""
        return f"{self.cloud.endpoint}/{STAGE}"

    @property
    def headers(self) -> dict[str, str]:
        """What tells the emulator which API is meant there."""
        return {"Host": host(self.cloud, self.id)}

    @cached_property
    def _session(self) -> URLLib3Session:
        trusted = self.cloud.certificate
        # What verifies is a bool or a path, whatever the stubs say.
        return URLLib3Session(verify=True if trusted is None else str(trusted))  # type: ignore[arg-type]
