"""A server that sends responses to the SDK's clients that AWS never sends."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aws_service_kit.runtime import clients, parameters

HTML = b"<!DOCTYPE html><html><head><title>Sign in</title><body><p>Hotel network</body></html>"
# Well-formed, so that XML parsers accept it.
XHTML = b"<html><head><title>Sign in</title></head><body><p>Hotel network</p></body></html>"


@dataclass(frozen=True)
class Reply:
    """A response of the server.

    Attributes:
        status: The HTTP status.
        body: The body.
        headers: Further headers.
        short: Bytes by which the body is shorter than its `Content-Length`.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    short: int = 0


# Responses that no AWS service sends. Those with a request id are from a proxy that forwards an
# earlier response of a service.
ID = {"x-amzn-RequestId": "1", "x-amz-request-id": "1"}
UNREADABLE = {
    "HTML": Reply(body=HTML),
    "XHTML": Reply(body=XHTML),
    "XHTML with an id": Reply(body=XHTML, headers=ID),
    "nothing": Reply(),
    "an empty object": Reply(body=b"{}"),
    "a list": Reply(body=b"[]", headers=ID),
    "null": Reply(body=b"null"),
    "null with an id": Reply(body=b"null", headers=ID),
    "a text": Reply(body=b'"text"', headers=ID),
    "another object": Reply(body=b'{"message": "Welcome"}'),
    "a part of an object": Reply(body=b'{"Item": {"pk": {"S": "1', headers=ID),
    "bytes that aren't text": Reply(body=b"\xff\xfe\x00", headers=ID),
    "invalid gzip": Reply(body=b"text", headers={"Content-Encoding": "gzip"}),
    "an incomplete body": Reply(body=b"{", headers=ID, short=100),
    "a redirection": Reply(302, HTML, {"Location": "/login"}),
    "a time-out": Reply(408),
    "too many requests": Reply(429),
    "HTML for too many requests": Reply(429, HTML),
    "an error without a body": Reply(500),
    "HTML for an error": Reply(502, HTML),
    "a list for an error": Reply(503, b"[]"),
}
# S3's response to an upload has only headers, so these responses mean success.
WITH_ID = {name for name, reply in UNREADABLE.items() if reply.headers == ID and not reply.short}
# Responses whose status means that the request was rejected, with unreadable bodies.
REFUSED = {
    "HTML": Reply(403, HTML),
    "XHTML": Reply(403, XHTML),
    "an error that is a text": Reply(400, b"<r><Error>text</Error></r>"),
    "an error with another code": Reply(400, b"<r><Error><Code><a/></Code></Error></r>"),
    "nothing": Reply(404),
    "a list": Reply(400, b"[]"),
    "a number for a code": Reply(400, b'{"__type": 5}'),
}


class Server(ThreadingHTTPServer):
    """A server with the same response to every request.

    Attributes:
        reply: The response.
    """

    reply: Reply


class Handler(BaseHTTPRequestHandler):
    server: Server
    # Without it, S3's client waits a second for `100 Continue`.
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        reply = self.server.reply
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) + reply.short))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_PUT = do_POST  # noqa: N815 (the library's names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's)
        """Log nothing, so that the output has failures only."""


@contextmanager
def answering(reply: Reply | None = None) -> Iterator[Server]:
    """Yield a server that receives every request of the runtime's clients, of all services."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.reply = reply or Reply()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with reaching(f"http://127.0.0.1:{server.server_port}"):
                yield server
        finally:
            server.shutdown()
            thread.join()


def each_unreadable(*, with_id: bool = True) -> Iterator[str]:
    """Let a server send each response of UNREADABLE in turn, and yield its name.

    Args:
        with_id: Include those of WITH_ID.
    """
    with answering() as server:
        for name, reply in UNREADABLE.items():
            if with_id or name not in WITH_ID:
                server.reply = reply
                yield name


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Let new clients of all services call a URL, without delays between retries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setattr("botocore.endpoint.time.sleep", lambda _: None)
        # State that an execution environment keeps; it is restored for other tests.
        patch.setattr(clients, "client", cache(clients.client.__wrapped__))
        for name in ("parameter_store", "secret_store", "version_store"):
            patch.setattr(parameters, name, cache(getattr(parameters, name).__wrapped__))
        yield
