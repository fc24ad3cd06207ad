"""The SDK alone, with the calls that another handler makes: what it costs beyond is its own."""

import json
import os
from typing import Any

import boto3

CALLS = json.loads(os.environ["CALLS"])
clients = {service: boto3.client(service) for service, _, _ in CALLS}


def handler(_event: dict[str, Any], _context: object) -> dict[str, bool]:
    """Make the calls, one after the other."""
    for service, method, parameters in CALLS:
        getattr(clients[service], method)(**parameters)
    return {"done": True}
