"""Functions of `python3 dev.py add function` are started by real triggers, in the emulator.

`tests/test_triggers.py` copies this module into the local tests of a service.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from aws_service_kit.config import load
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.local.deployed_resources import DeployedResource, schedules
from aws_service_kit.local.http import Api
from aws_service_kit.local.logs import events
from aws_service_kit.local.messages import Message, receiver, send
from aws_service_kit.runtime.ids import new_id
from aws_service_kit.runtime.signatures import TOLERANCE_SECONDS, StandardWebhooks
from aws_service_kit.testing.local import Find, eventually

ROUTE, BODY = "POST /hooks/payments", b'{ "number":1.0,\n "text":"\xc3\xa7" }'
SECRET = "AWS::SecretsManager::Secret"
# Deliveries that arrive twice would come within this time.
SECONDS = 3


def lines(cloud: Cloud, since: float, text: str) -> list[dict[str, object]]:
    """Return the functions' log lines with a text."""
    texts = [event["message"] for _, event in events(cloud, int(since * 1000))]
    found = [json.loads(line) for line in texts if line.startswith("{")]
    return [line for line in found if line.get("message") == text]


def logged(cloud: Cloud, since: float, text: str) -> dict[str, object]:
    """Wait for a function's log line."""
    return eventually(lambda: next(iter(lines(cloud, since, text)), None))


def test_an_item_of_the_table_reaches_the_consumer_of_its_stream(
    cloud: Cloud, only_resource: Find
) -> None:
    since = time.time()
    table = only_resource("storage", "AWS::DynamoDB::GlobalTable", "Records")
    item = {"pk": {"S": "ORDER#1"}, "sk": {"S": "ORDER"}, "total": {"N": "1"}}
    cloud.client("dynamodb").put_item(TableName=table, Item=item)
    assert logged(cloud, since, "Index record")["kind"] == "INSERT"


def test_an_object_of_the_bucket_reaches_its_function(cloud: Cloud, only_resource: Find) -> None:
    since = time.time()
    bucket = only_resource("storage", "AWS::S3::Bucket", "Uploads")
    cloud.client("s3").put_object(Bucket=bucket, Key="prices/a b+c.csv", Body=b"1,2,3")
    assert logged(cloud, since, "Import prices")["bytes"] == len(b"1,2,3")


def test_an_event_reaches_its_function(cloud: Cloud, resources: list[DeployedResource]) -> None:
    since = time.time()
    message = Message("Invoice Paid", {"id": "invoice-1"})
    send(cloud, receiver(resources, "events/Events"), message, load().service.name)
    assert logged(cloud, since, "Archive invoice")["id"] == "invoice-1"


def test_the_target_of_a_schedule_is_its_function(
    cloud: Cloud, resources: list[DeployedResource]
) -> None:
    since = time.time()
    found = schedules(cloud, resources).items()
    (target,) = (target for name, target in found if name.startswith("TidyUp"))
    payload = target["Input"].replace("<aws.scheduler.scheduled-time>", "2026-11-30T00:00:00Z")
    payload = payload.replace("<aws.scheduler.execution-id>", "execution-1")
    invoked = cloud.client("lambda").invoke(FunctionName=target["Arn"], Payload=payload)
    assert "FunctionError" not in invoked
    assert logged(cloud, since, "Tidy up")


@pytest.fixture
def secret(cloud: Cloud, only_resource: Find) -> str:
    """The value that the deployment generated."""
    name = only_resource("api", SECRET, "TakePaymentSecret")
    value: str = cloud.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return value


def deliver(api: Api, secret: str, *, age: float = 0, sent: bytes = BODY, name: str = "") -> int:
    """Send a signed request, as another system does; return the status."""
    at = datetime.now(UTC) - timedelta(seconds=age)
    headers = StandardWebhooks().sign(BODY, secret, at=at, message_id=name or new_id(at))
    return api.call(ROUTE, sent, headers=headers).status


def test_a_signed_delivery_is_handled_once(cloud: Cloud, api: Api, secret: str) -> None:
    since = time.time()
    assert [deliver(api, secret, name="delivery-1") for _ in range(2)] == [200, 200]
    logged(cloud, since, "Take payment")
    time.sleep(SECONDS)
    assert len(lines(cloud, since, "Take payment")) == 1


def test_other_deliveries_are_rejected(cloud: Cloud, api: Api, secret: str) -> None:
    since = time.time()
    other = secret[::-1]
    margin = TOLERANCE_SECONDS + 30
    assert deliver(api, other) == 401
    assert deliver(api, secret, sent=BODY + b" ") == 401
    assert [deliver(api, secret, age=age) for age in (margin, -margin)] == [401, 401]
    assert api.call(ROUTE, BODY).status == 401
    assert lines(cloud, since, "Take payment") == []
