"""Objects in S3."""

import json
from typing import TYPE_CHECKING

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.dependencies import dependency

if TYPE_CHECKING:
    from pydantic import JsonValue


def put_json(bucket: str, key: str, value: "JsonValue") -> None:
    """Write a value as a JSON object; equal values give equal bytes.

    Args:
        bucket: The bucket's name.
        key: The object's key; an existing object is overwritten.
        value: The value.

    Raises:
        DependencyError: S3 failed.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    with dependency("S3"):
        clients.s3().put_object(
            Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json"
        )
