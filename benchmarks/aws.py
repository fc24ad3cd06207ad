"""The part of AWS that handlers call: canned responses over persistent connections."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from benchmarks.server import Server

REQUEST_ID = "018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f"
PENDING_VERSION = "0a5ee1f0-2b69-4d8f-9c4e-0d2f4c7b8a91"
ITEM = {
    "pk": {"S": "OWNER#AROACALLER"},
    "sk": {"S": f"REQUEST#{REQUEST_ID}"},
    "id": {"S": REQUEST_ID},
    "owner": {"S": "AROACALLER"},
    "reference": {"S": "order-1"},
    "priority": {"S": "normal"},
    "amount_cents": {"N": "12500"},
    "document": {"S": "52998224725"},
    "created_at": {"S": "2026-11-24T12:00:00+00:00"},
    "status": {"S": "pending"},
}
SETTINGS = {"page_size": 20, "max_page_size": 100}
COSTS = {
    "TimePeriod": {"Start": "2026-11-16", "End": "2026-11-17"},
    "Groups": [
        {
            "Keys": ["AWS Lambda", "environment$prod"],
            "Metrics": {"UnblendedCost": {"Amount": "1.5", "Unit": "USD"}},
        }
    ],
}
# Responses by operation, for protocols with the operation in a header.
RESPONSES: Mapping[str, Mapping[str, Any]] = {
    "DescribeSecret": {
        "RotationEnabled": True,
        "VersionIdsToStages": {"old": ["AWSCURRENT"], PENDING_VERSION: ["AWSPENDING"]},
    },
    "GetCostAndUsage": {"ResultsByTime": [COSTS]},
    "GetItem": {"Item": ITEM},
    "GetParameter": {
        "Parameter": {"Name": "settings", "Type": "String", "Value": json.dumps(SETTINGS)}
    },
    "GetSecretValue": {"Name": "cursor", "SecretString": "a secret of the benchmark"},
    "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
    "PutItem": {},
    "Query": {"Items": [ITEM], "Count": 1, "ScannedCount": 1},
    "SendMessage": {"MessageId": "1"},
    "TransactWriteItems": {},
    "UpdateItem": {},
}
PUBLISHED = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>1</MessageId></PublishResult></PublishResponse>"
)


class AwsServer(Server):
    """A server that keeps the target and the body of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Service)
        self.requests: list[tuple[str, bytes]] = []


class Service(BaseHTTPRequestHandler):
    """Handles known operations, and returns 400 for others."""

    server: AwsServer
    protocol_version = "HTTP/1.1"
    # Responses are sent immediately.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Return the response of an operation."""
        body = self._body()
        target = self.headers.get("X-Amz-Target", "")
        self.server.requests.append((target, body))
        operation = target.rpartition(".")[2]
        if operation in RESPONSES:
            self._answer(200, json.dumps(RESPONSES[operation]).encode())
        elif b"Action=Publish" in body:
            self._answer(200, PUBLISHED)
        else:
            self._answer(400, json.dumps({"__type": "NotInTheBenchmark"}).encode())

    def do_PUT(self) -> None:
        """Accept an object."""
        self._body()
        self._answer(200, b"")

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _body(self) -> bytes:
        # Flushes "100 Continue", for which the client would wait a second.
        self.wfile.flush()
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        # Every AWS service sends a request id; without one, the runtime assumes a proxy.
        self.send_header("x-amzn-RequestId", REQUEST_ID)
        self.end_headers()
        self.wfile.write(body)


@dataclass(frozen=True)
class Endpoint:
    """The endpoint of the server.

    Attributes:
        scheme: `http` or `https`.
        environment: Variables by which the SDK uses the endpoint.
        requests: Target and body of each request.
    """

    scheme: str
    environment: Mapping[str, str]
    requests: list[tuple[str, bytes]]


@contextmanager
def plain() -> Iterator[Endpoint]:
    """Yield AWS over HTTP."""
    server = AwsServer()
    with served(server) as port:
        url = f"http://127.0.0.1:{port}"
        yield Endpoint("http", {"AWS_ENDPOINT_URL": url}, server.requests)


@contextmanager
def served(server: Server) -> Iterator[int]:
    """Start the server, and yield its port."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
