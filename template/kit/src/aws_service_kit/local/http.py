"""An HTTP client for APIs in the emulator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from aws_service_kit.former_names import names_renamed
from aws_service_kit.local.deployed_resources import STAGE, host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.local.callers import Caller
    from aws_service_kit.local.cloud import Cloud


@dataclass(frozen=True)
class Response:
    """A response of an API."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Api:
    """A REST API in the emulator.

    Attributes:
        cloud: The emulator.
        id: The API's id.
        caller: The default caller.
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
    ) -> Response:
        """Call a route.

        Args:
            route: Verb and path, such as `POST /requests`.
            body: The JSON body, if any.
            headers: More headers.
            caller: The caller; by default the API's.
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
        return Response(answer.status_code, answer.headers, json.loads(text) if text else None)

    @property
    def url(self) -> str:
        """The API's URL, with an IP address, so that no name must be resolved."""
        return f"{self.cloud.endpoint}/{STAGE}"

    @property
    def headers(self) -> dict[str, str]:
        """The header that identifies the API in the emulator."""
        return {"Host": host(self.cloud, self.id)}

    @cached_property
    def _session(self) -> URLLib3Session:
        trusted = self.cloud.certificate
        # `verify` may be a path, which the stubs don't allow.
        return URLLib3Session(verify=True if trusted is None else str(trusted))  # type: ignore[arg-type]


if TYPE_CHECKING:
    Answer = Response
else:
    __getattr__ = names_renamed(__name__, Answer="Response")
