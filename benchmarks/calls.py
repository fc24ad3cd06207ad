"""AWS calls of a warm invocation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from benchmarks.aws import Endpoint
from benchmarks.lambda_runtime import Function, measure

# Services by their names in requests of AWS's JSON protocol, whose bodies are the parameters.
SERVICES: Mapping[str, str] = {
    "AWSEvents": "events",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "DynamoDB_20120810": "dynamodb",
    "secretsmanager": "secretsmanager",
}
# A call: service, method of its client, and parameters.
Call = tuple[str, str, Mapping[str, Any]]


def of_a_warm_invocation(function: Function, endpoint: Endpoint) -> list[Call]:
    """Return the calls of the last of several invocations, since earlier ones may fill caches.

    Raises:
        InvocationError: As `measure` says.
        KeyError: A call isn't of the JSON protocol.
    """
    fewer = _recorded(function, endpoint, warm=1)
    more = _recorded(function, endpoint, warm=2)
    return [_call(target, body) for target, body in more[len(fewer) :]]


def _recorded(function: Function, endpoint: Endpoint, *, warm: int) -> list[tuple[str, bytes]]:
    endpoint.requests.clear()
    measure(function, warm=warm)
    return list(endpoint.requests)


def _call(target: str, body: bytes) -> Call:
    service, _, operation = target.rpartition(".")
    return SERVICES[service], xform_name(operation), json.loads(body)
