"""An HTTP client for APIs in the emulator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from aws_service_kit.local.deployed_resources import STAGE, host
from aws_service_kit.runtime.former_names import names_renamed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.local.callers import Caller
    from aws_service_kit.local.cloud import Cloud


@dataclass(frozen=True)
class Response:
    """A response of an API.

    Attributes:
        status: The HTTP status.
        headers: The headers.
        body: The parsed JSON, or the text if it isn't JSON; None if it is empty.
    """

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Api:
    """A REST API in the emulator, with a client for its routes.

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
            body: The body: None, bytes, which are sent as they are, or a value that becomes JSON.
            headers: More headers, which replace the defaults of the same name.
            caller: The caller; by default the API's.
        """
        request = self.request(route, body, headers or {})
        (caller or self.caller).authenticate(request)
        response = self._session.send(request.prepare())
        text = response.content.decode()
        return Response(response.status_code, response.headers, _parsed(text))

    def request(self, route: str, body: object, headers: Mapping[str, str]) -> AWSRequest:
        """Return a request that isn't authenticated yet.

        Args:
            route: Verb and path.
            body: The body: None, bytes, which are sent as they are, or a value that becomes JSON.
            headers: More headers, which replace the defaults of the same name.
        """
        method, _, path = route.partition(" ")
        named = {name.lower() for name in headers}
        content = {} if body is None else {"Content-Type": "application/json"}
        defaults = {
            name: value
            for name, value in {**self.headers, **content}.items()
            if name.lower() not in named
        }
        return AWSRequest(
            method=method,
            url=f"{self.url}{path}",
            data=body if body is None or isinstance(body, bytes) else json.dumps(body),
            headers={**defaults, **headers},
        )

    @property
    def url(self) -> str:
        """The API's URL. It has an IP address, so no host name has to be resolved."""
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


def _parsed(text: str) -> Any:  # noqa: ANN401 (JSON)
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


if TYPE_CHECKING:
    Answer = Response
else:
    __getattr__ = names_renamed(__name__, Answer="Response")
