"""Entry points of the service for the load test: they send messages and read the outcomes.

The service has the entry points of its stacks. `suites/local/load.py` sends the messages, injects
faults into the functions' calls, and compares the outcomes.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from aws_service_kit.local.callers import caller
from aws_service_kit.local.deployed_resources import API
from aws_service_kit.local.http import Api
from aws_service_kit.local.messages import deliver
from aws_service_kit.testing.load import SentMessage

from service.domain.events import EventType
from tests.local.stacks.listening import listening, received
from tests.local.stacks.orders import Orders, message_about
from tests.unit.domain.orders import ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource
    from aws_service_kit.local.metrics import Metric
    from aws_service_kit.runtime.envelope import Envelope
    from aws_service_kit.testing.load import EntryPoint

    from service.domain.order import Order

SUBMISSION = {"reference": "order-1", "priority": "normal", "document": "52998224725"}
# Cents; one in five is over the limit.
AMOUNTS = (12_500, 100, 999_999, 1, 2_000_000)
# The metric that a submission counts, by the status in its response.
METRICS = {
    "pending": "RequestQueued",
    "approved": "RequestApproved",
    "rejected": "RequestRejected",
}
REPLAYED = "RequestReplayed"
SECONDS_BEFORE_TRYING_AGAIN = 0.1
BATCH_OF_KEYS = 100

# The modules of the handlers that process a message, in order.
Path = tuple[str, ...]


def outcomes(path: Path, outcome: str = "Success", times: int = 1) -> Counter[Metric]:
    return Counter({(operation, outcome): times for operation in path})


@dataclass
class Submissions:
    """The API, which accepts orders."""

    api: Api
    path: Path
    name: str = "api"
    has_dead_letters: bool = False

    def send(self, number: int) -> SentMessage:
        body = {**SUBMISSION, "amount_cents": AMOUNTS[number % len(AMOUNTS)]}
        headers = {"Idempotency-Key": f"load-{number}"}
        counted: Counter[Metric] = Counter()
        response = self.api.call("POST /requests", body, headers=headers)
        while response.status == 503:
            counted += outcomes(("submit_request",), "DependencyFault")
            time.sleep(SECONDS_BEFORE_TRYING_AGAIN)
            response = self.api.call("POST /requests", body, headers=headers)
        assert response.status in {201, 202}, response
        counted += outcomes(("submit_request", *self.path))
        replayed = "Idempotency-Replayed" in response.headers
        counted["submit_request", REPLAYED if replayed else METRICS[response.body["status"]]] += 1
        return SentMessage(response.body["id"], counted)

    def poison(self, text: str) -> SentMessage:
        body = {**SUBMISSION, "reference": text, "amount_cents": -1}
        response = self.api.call("POST /requests", body, headers={"Idempotency-Key": text})
        assert response.status == 400, response
        return SentMessage(None, outcomes(("submit_request",), "CallerFault"))


@dataclass
class Messages:
    """A queue, topic, bus or state machine that receives messages about stored orders.

    Attributes:
        name: As for every entry point.
        orders: The table.
        deliver: The function that sends a message.
        path: The handlers that process a message.
        tries: How often the first of them receives a poison message.
        has_dead_letters: As for every entry point.
    """

    name: str
    orders: Orders
    deliver: Callable[[Envelope], None]
    path: Path
    tries: int = 1
    has_dead_letters: bool = False
    _stored: dict[int, Order] = field(default_factory=dict)
    _storing: Lock = field(default_factory=Lock)

    def send(self, number: int) -> SentMessage:
        with self._storing:
            if number not in self._stored:
                self._stored[number] = self.orders.store()
        order = self._stored[number]
        self.deliver(message_about(order))
        return SentMessage(order.id, outcomes(self.path))

    def poison(self, text: str) -> SentMessage:
        """Send a message about a pending order, without the order's owner."""
        self.deliver(message_about(ORDER, data={"request_id": text, "status": "pending"}))
        return SentMessage(None, outcomes(self.path[:1], "CallerFault", self.tries))


@dataclass(frozen=True)
class Sample:
    """The sample, with any stacks.

    Attributes:
        cloud: The emulator.
        table: The name of the table.
        entrances: Its entry points.
        notification_queue: The queue that receives notifications; None without a topic.
    """

    cloud: Cloud
    table: str
    entrances: Sequence[EntryPoint]
    notification_queue: str | None
    _owners: set[str] = field(default_factory=lambda: {ORDER.owner})

    def undecided(self, records: set[str]) -> set[str]:
        statuses = self._statuses(records)
        if records - statuses.keys():
            # The caller of the API is another owner, whose name is in the first order.
            condition = "attribute_exists(#owner) AND #owner <> :value"
            others = self._scanned(condition, ORDER.owner, {"#owner": "owner"})
            self._owners.update(item["owner"]["S"] for item in others)
            statuses = self._statuses(records)
        return {record for record in records if statuses.get(record, "pending") == "pending"}

    def records(self) -> list[str]:
        return [item["id"]["S"] for item in self._scanned("begins_with(sk, :value)", "REQUEST#")]

    def told(self) -> set[str] | None:
        if self.notification_queue is None:
            return None
        messages = received(self.cloud, self.notification_queue)
        decided = (each["data"] for each in messages if each["type"] == EventType.REQUEST_DECIDED)
        return {data["request_id"] for data in decided}

    def _statuses(self, records: set[str]) -> dict[str, str]:
        keys = [
            {"pk": {"S": f"OWNER#{owner}"}, "sk": {"S": f"REQUEST#{record}"}}
            for owner in self._owners
            for record in records
        ]
        starts = range(0, len(keys), BATCH_OF_KEYS)
        found = (item for start in starts for item in self._items(keys[start:][:BATCH_OF_KEYS]))
        return {item["id"]["S"]: item["status"]["S"] for item in found}

    def _items(self, keys: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        response = self.cloud.client("dynamodb").batch_get_item(
            RequestItems={self.table: {"Keys": keys, "ConsistentRead": True}}
        )
        assert not response["UnprocessedKeys"]
        items: list[dict[str, Any]] = response["Responses"][self.table]
        return items

    def _scanned(
        self, condition: str, value: str, names: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        name_arguments: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        for page in (
            self.cloud.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.table,
                FilterExpression=condition,
                ExpressionAttributeValues={":value": {"S": value}},
                **name_arguments,
            )
        ):
            yield from page["Items"]


@contextmanager
def under_load(cloud: Cloud, resources: Sequence[DeployedResource]) -> Iterator[Sample]:
    """Yield the service under load."""
    ids = {(each.stack, each.logical_id): each.physical_id for each in resources}
    table = ids["storage", "Records"]
    topic = ids.get(("messaging", "Notifications"))
    with ExitStack() as listeners:
        queue = listeners.enter_context(listening(cloud, topic)) if topic else None
        entry_points = list(_entry_points(cloud, resources, Orders(cloud, table)))
        yield Sample(cloud, table, entry_points, queue)


def _entry_points(
    cloud: Cloud, resources: Sequence[DeployedResource], orders: Orders
) -> Iterator[EntryPoint]:
    stacks = {each.stack for each in resources}
    by_type = {(each.stack, each.kind): each for each in resources}
    workflow: Path = ("validate_request",)
    queue: Path = ("consume_request", *(workflow if {"events", "workflow"} <= stacks else ()))
    if "api" in stacks:
        api = Api(cloud, by_type["api", API].physical_id, caller(cloud, resources, "caller"))
        yield Submissions(api, queue if "messaging" in stacks else ())
    if "messaging" in stacks:
        names = {each.logical_id: each for each in resources if each.stack == "messaging"}
        to_queue = partial(deliver, cloud, names["Requests"])
        to_topic = partial(deliver, cloud, names["Notifications"])
        tries = _tries(cloud, names["Requests"].physical_id)
        yield Messages("queue", orders, to_queue, queue, tries, has_dead_letters=True)
        yield Messages("topic", orders, to_topic, queue, tries, has_dead_letters=True)
    if "events" in stacks:
        to_bus = partial(deliver, cloud, by_type["events", "AWS::Events::EventBus"])
        if "workflow" in stacks:
            yield Messages("bus", orders, to_bus, workflow)
        elif "messaging" in stacks:
            yield Messages("bus", orders, to_bus, queue, tries, has_dead_letters=True)
        else:
            yield Messages("bus", orders, to_bus, ("receive_event",))
    elif "workflow" in stacks:
        to_state_machine = partial(
            deliver, cloud, by_type["workflow", "AWS::StepFunctions::StateMachine"]
        )
        yield Messages("workflow", orders, to_state_machine, workflow)


def _tries(cloud: Cloud, queue: str) -> int:
    names = ["RedrivePolicy"]
    response = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)
    return int(json.loads(response["Attributes"]["RedrivePolicy"])["maxReceiveCount"])
