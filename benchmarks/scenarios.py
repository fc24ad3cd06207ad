"""Scenarios: event, configuration and expected response of each handler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.aws import PENDING_VERSION, REQUEST_ID

ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
# Variables of a function in a service with every stack, and in one without bus or queue.
COMMON = {
    "ENVIRONMENT": "dev",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "POWERTOOLS_METRICS_NAMESPACE": "organisation/service",
    "POWERTOOLS_SERVICE_NAME": "service",
    "TABLE_NAME": "records",
}
BUS = {"BUS_NAME": "bus"}
BUCKET = {"REPORTS_BUCKET": "reports"}
QUEUE = {"QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/requests"}
TOPIC = {"TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:notices"}
PAGING = {
    "CURSOR_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:cursor",
    "SETTINGS_PARAMETER_NAME": "/service/settings",
}


@dataclass(frozen=True)
class Scenario:
    """An invocation of a handler.

    Attributes:
        handler: The handler's module.
        event: The event.
        expected: Expected parts of the response.
        environment: Variables in addition to `COMMON`.
        taught: The baseline with the same features, from Powertools' documentation.
        goal: Upper limit of its cold start, as a ratio to the SDK alone.
    """

    handler: str
    event: Mapping[str, Any]
    expected: Any
    environment: Mapping[str, str] = field(default_factory=dict)
    taught: str | None = None
    goal: float | None = None


def http(
    method: str,
    path: str,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an event as a REST API sends it (API Gateway, "Input format", version 1.0)."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "multiValueHeaders": None,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {
            "requestId": ID,
            "path": path,
            "stage": "v1",
            "httpMethod": method,
            "authorizer": None,
            "identity": {"caller": "AROACALLER:session", "userArn": None},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def envelope(event_type: str, data: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Return an envelope as a rule or a schedule sends it."""
    return {
        "version": 1,
        "id": REQUEST_ID,
        "type": event_type,
        "source": "service",
        "time": "2026-11-25T12:00:00Z",
        "correlation_id": ID,
        "data": dict(data or {}),
    }


def batch(*messages: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event of a queue (AWS Lambda, "Example Amazon SQS message event")."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "receiptHandle": "handle",
                "body": json.dumps(message),
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1764072000000",
                    "SenderId": "AIDA",
                    "ApproximateFirstReceiveTimestamp": "1764072000001",
                },
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:requests",
                "awsRegion": "us-east-1",
            }
            for number, message in enumerate(messages)
        ]
    }


BODY = {
    "reference": "order-1",
    "priority": "normal",
    "amount_cents": 10_000,
    "document": "52998224725",
}
SUBMIT = http("POST", "/requests", BODY, headers={"Idempotency-Key": "key-1"})
GET = http("GET", f"/requests/{REQUEST_ID}", parameters={"id": REQUEST_ID})
LIST = http("GET", "/requests")
PENDING = {"correlation_id": ID, "kind": "request", "owner": "AROACALLER", "request_id": REQUEST_ID}
MESSAGE = envelope(
    "Processing Request",
    {"owner": "AROACALLER", "request_id": REQUEST_ID, "status": "pending"},
)
DAILY = envelope("Daily Report")
DUE = {"correlation_id": ID, "kind": "report", "day": "2026-11-24"}
DECISION = {
    "correlation_id": ID,
    "type": "Request Decided",
    "id": REQUEST_ID,
    "facts": {"request_id": REQUEST_ID, "status": "approved", "reason": None},
}
STEP = {
    "Step": "createSecret",
    "SecretId": PAGING["CURSOR_SECRET_ARN"],
    "ClientRequestToken": PENDING_VERSION,
}
ALL_DONE: dict[str, Any] = {"batchItemFailures": []}

SCENARIOS: Mapping[str, Scenario] = {
    "submit, queued": Scenario(
        "submit_request", SUBMIT, {"statusCode": 202}, QUEUE, "powertools_submit", 1.15
    ),
    "submit, decided": Scenario("submit_request", SUBMIT, {"statusCode": 201}, {}, None, 1.15),
    "get": Scenario("get_request", GET, {"body": {"id": REQUEST_ID}}, {}, "powertools_read"),
    "list": Scenario("list_requests", LIST, {"statusCode": 200}, PAGING, "powertools_list"),
    "health": Scenario("health", http("GET", "/health"), {"body": {"status": "ok"}}),
    "consume, passed on": Scenario(
        "consume_request", batch(MESSAGE), ALL_DONE, BUS, "powertools_consume", 1.0
    ),
    "consume, decided": Scenario("consume_request", batch(MESSAGE), ALL_DONE, TOPIC, None, 1.0),
    "validate": Scenario(
        "validate_request", MESSAGE, {"kind": "request"}, {}, "powertools_task", 1.0
    ),
    "process": Scenario("process_request", PENDING, {"id": REQUEST_ID}, {}, "powertools_task", 1.0),
    "report": Scenario("make_report", DUE, {"correlation_id": ID}, BUCKET, None, 1.0),
    "notify": Scenario("notify", DECISION, {"correlation_id": ID}, TOPIC, None, 1.0),
    "event, decided": Scenario("receive_event", MESSAGE, None, {}, "powertools_task"),
    "daily report": Scenario("report_day", DAILY, None, BUCKET),
    "costs": Scenario("report_costs", DAILY, None, {"SERVICE_TAG": "service"}),
    "rotate": Scenario("rotate_cursor_secret", STEP, None),
}
BARE = "the SDK alone"
EMPTY = "empty"
LEAST = "powertools_least"
BASELINES: Mapping[str, Scenario] = {
    BARE: Scenario("bare", {"id": "1"}, {"done": True}),
    EMPTY: Scenario("empty", {"id": "1"}, {"done": True}),
    LEAST: Scenario("powertools_least", {"id": "1"}, {"done": True}),
    "powertools_submit": Scenario("powertools_submit", SUBMIT, {"statusCode": 200}, QUEUE),
    "powertools_read": Scenario("powertools_read", GET, {"body": {"id": REQUEST_ID}}),
    "powertools_list": Scenario("powertools_list", LIST, {"statusCode": 200}, PAGING),
    "powertools_consume": Scenario("powertools_consume", batch(MESSAGE), ALL_DONE, BUS),
    "powertools_task": Scenario("powertools_task", PENDING, {"id": REQUEST_ID}),
}
