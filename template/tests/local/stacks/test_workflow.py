"""The workflow, as the caller that starts it sees it.

tests/infrastructure/stacks/test_workflow.py tests retries and catches by error name, because the
emulator has one name for all errors.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aws_service_kit.testing.envelopes import envelope
from aws_service_kit.testing.local import Find, eventually

from service.domain.events import EventType
from service.domain.order import Status
from tests.local.stacks.orders import Orders, message_about
from tests.unit.domain.orders import ORDER

if TYPE_CHECKING:
    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource
    from aws_service_kit.runtime.envelope import Envelope


@pytest.fixture(scope="module")
def state_machine(only_resource: Find) -> str:
    return only_resource("workflow", "AWS::StepFunctions::StateMachine", "Processing")


def run(cloud: Cloud, state_machine: str, message: Envelope) -> str:
    """Start an execution, and return how it ends."""
    states = cloud.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=state_machine, input=message.to_json())

    def ended() -> dict[str, Any] | None:
        described: dict[str, Any] = states.describe_execution(
            executionArn=execution["executionArn"]
        )
        return None if described["status"] == "RUNNING" else described

    return str(eventually(ended)["status"])


def test_an_order_is_decided_once(cloud: Cloud, state_machine: str, requests: Orders) -> None:
    order = requests.store()
    assert run(cloud, state_machine, message_about(order)) == "SUCCEEDED"
    assert requests.status(order) is Status.APPROVED
    assert run(cloud, state_machine, message_about(order)) == "SUCCEEDED"


def test_invalid_input_fails(cloud: Cloud, state_machine: str) -> None:
    assert run(cloud, state_machine, message_about(ORDER)) == "FAILED"


def test_a_report_is_made(
    cloud: Cloud, state_machine: str, resources: list[DeployedResource]
) -> None:
    now = datetime.now(UTC)
    daily = envelope(type=EventType.DAILY_REPORT, time=now, data={})
    assert run(cloud, state_machine, daily) == "SUCCEEDED"
    buckets = [
        each.physical_id
        for each in resources
        if (each.stack, each.logical_id) == ("reports", "Reports")
    ]
    for bucket in buckets:
        (report,) = cloud.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
        kept = cloud.client("s3").get_object(Bucket=bucket, Key=report["Key"])["Body"].read()
        assert json.loads(kept)["day"] in {str((now - timedelta(days=n)).date()) for n in (1, 2)}
