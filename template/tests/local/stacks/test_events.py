"""The bus, as its publishers see it."""

from typing import Any

from aws_service_kit.local.cloud import Cloud
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.testing.local import Find, eventually

from service.domain.events import EventType
from service.domain.order import Status
from tests.local.stacks.orders import Orders, message_about


def put(cloud: Cloud, bus: str, *messages: Envelope) -> None:
    entries: list[dict[str, Any]] = [
        {
            "EventBusName": bus,
            "Source": message.source,
            "DetailType": message.type,
            "Detail": message.to_json(),
        }
        for message in messages
    ]
    response = cloud.client("events").put_events(Entries=entries)
    assert response["FailedEntryCount"] == 0


def test_only_orders_of_matching_events_are_decided(
    cloud: Cloud, only_resource: Find, requests: Orders
) -> None:
    bus = only_resource("events", "AWS::Events::EventBus", "Events")
    matching, of_another_type, decided_already = (requests.store() for _ in range(3))
    data = {"owner": decided_already.owner, "request_id": decided_already.id, "status": "approved"}
    put(
        cloud,
        bus,
        message_about(of_another_type, type=EventType.REQUEST_DECIDED),
        message_about(decided_already, data=data),
        message_about(matching),
    )
    assert eventually(lambda: requests.decision(matching)) is Status.APPROVED
    assert requests.status(of_another_type) is Status.PENDING
    assert requests.status(decided_already) is Status.PENDING
