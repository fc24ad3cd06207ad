"""The SDK alone, with the AWS calls of another handler, to measure that handler's overhead."""

import json
import os
from typing import Any

import boto3

CALLS = json.loads(os.environ["CALLS"])
clients = {service: boto3.client(service) for service, _, _ in CALLS}


def handler(_event: dict[str, Any], _context: object) -> dict[str, bool]:
    """Make the calls in sequence."""
    for service, method, parameters in CALLS:
        getattr(clients[service], method)(**parameters)
    return {"done": True}
