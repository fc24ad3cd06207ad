import json

import pytest
from aws_service_kit.runtime import clients, objects
from aws_service_kit.runtime.errors import DependencyFailedError

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def bucket() -> str:
    clients.s3().create_bucket(Bucket="reports")
    return "reports"


def test_an_object_is_written_as_json(bucket: str) -> None:
    objects.put_json(bucket, "daily/2026-11-24.json", {"total": 2, "greeting": "Olá"})

    stored = clients.s3().get_object(Bucket=bucket, Key="daily/2026-11-24.json")
    assert stored["ContentType"] == "application/json"
    body = stored["Body"].read()
    assert json.loads(body) == {"total": 2, "greeting": "Olá"}
    assert "Olá".encode() in body


def test_equal_values_are_written_as_equal_bytes(bucket: str) -> None:
    objects.put_json(bucket, "one", {"a": 1, "b": 2})
    objects.put_json(bucket, "two", {"b": 2, "a": 1})

    one, two = (clients.s3().get_object(Bucket=bucket, Key=key) for key in ("one", "two"))
    assert one["Body"].read() == two["Body"].read()


def test_failed_calls_are_dependency_errors() -> None:
    with pytest.raises(DependencyFailedError, match=r"^S3: NoSuchBucket$"):
        objects.put_json("absent", "key", {})
