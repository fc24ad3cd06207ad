"""Access control of the emulator: ASGI middleware in the emulator's process.

The emulator runs any code that it receives, with the developer's permissions. Every website in a
browser and every other user of the computer can send requests to it. Therefore requests from
websites are rejected. All other requests need a secret, which is created at each start, except
calls of the deployed API.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# Authorization: … Credential=KEY/DATE/REGION/SERVICE/aws4_request, … (Signature Version 4); in the
# address of a presigned request, X-Amz-Credential=KEY/….
CREDENTIAL = re.compile(r"Credential=(?P<key>[^/,\s]+)/")
API_HOST = re.compile(r"[0-9a-f]+\.execute-api\.localhost(:\d+)?")
# The emulator's internal paths begin with `/_`. This one is for calls of the API.
API_PATH = "/_aws/execute-api/"
# A user pool's public keys, which the API's authorizer fetches. No bucket has such a name.
KEYS_PATH = re.compile(r"/[\w-]+_\w+/\.well-known/(jwks\.json|openid-configuration)")


class Restricted:
    """An application that rejects unauthorized requests.

    Args:
        application: The emulator.
        secret: The callers' access key id or session token.
        session_token: Returns the token of a temporary access key that the emulator has issued, or
            None if it knows no such key.
    """

    def __init__(
        self, application: Application, secret: str, session_token: Callable[[str], str | None]
    ) -> None:
        self._application = application
        self._secret = secret
        self._session_token = session_token

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Forward a request, or reject it with 403."""
        reason = None if scope["type"] == "lifespan" else self._rejection(scope)
        if reason is None:
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        else:
            await _forbid(send, reason)

    def _rejection(self, scope: Message) -> str | None:
        """Return why a request is rejected, or None if it is accepted."""
        headers = _headers(scope)
        if not is_local(f"//{headers.get('host', '')}"):
            return "The header Host names another computer."
        origin = headers.get("origin")
        if origin is not None and not is_local(origin):
            return "The request comes from another website."
        to_api = _is_for_the_api(headers["host"], scope["path"])
        # For the API, a local front end is another site. It may call the API.
        cross_site = headers.get("sec-fetch-site") == "cross-site"
        if cross_site and not (to_api and origin is not None):
            return "The request comes from another website."
        public = to_api or (scope.get("method") == "GET" and KEYS_PATH.fullmatch(scope["path"]))
        if not public and not self._has_secret(headers, scope.get("query_string", b"")):
            return "The access key isn't the emulator's: eval \"$(python3 dev.py local-env)\""
        return None

    def _has_secret(self, headers: Mapping[str, str], query: bytes) -> bool:
        presigned = parse_qs(query.decode("latin-1"))
        found = CREDENTIAL.search(
            headers.get("authorization")
            or "Credential=" + presigned.get("X-Amz-Credential", [""])[0]
        )
        token = (
            headers.get("x-amz-security-token") or presigned.get("X-Amz-Security-Token", [""])[0]
        )
        if found is None:
            return False
        if _equal(found["key"], self._secret) or _equal(token, self._secret):
            return True
        issued = self._session_token(found["key"])
        return issued is not None and _equal(token, issued)


def is_local(url: str) -> bool:
    """Return whether a URL's host is this computer."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _headers(scope: Message) -> dict[str, str]:
    """Return a request's headers by lower-case name; repeated headers are joined."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _is_for_the_api(host: str, path: str) -> bool:
    if path.startswith("/_"):
        return path.startswith(API_PATH)
    return API_HOST.fullmatch(host) is not None


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


async def _forbid(send: Send, reason: str) -> None:
    body = json.dumps({"__type": "AccessDeniedException", "message": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
