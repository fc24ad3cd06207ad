"""Thousands of messages while dependencies fail: none is lost, and none is processed twice."""

from __future__ import annotations

import json
import re
import time
from collections import Counter, defaultdict
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from aws_service_kit.local.metrics import Metric, totals
from aws_service_kit.testing.load import MESSAGES, Done, ServiceUnderLoad, messages, send
from aws_service_kit.testing.local import REPORT, entry_points, eventually

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource
    from aws_service_kit.local.emulator import Emulator

POISON = re.compile(r"poison-[a-z]+-\d+")
# Visibility time-out in seconds: more than a batch takes, less than in AWS.
SECONDS_UNTIL_BACK = 10
# Time until the last poison message has reached its maximum receive count.
SECONDS_OF_POISON = 120
SECONDS_OF_REST = 1
ALL = "all functions"


@pytest.fixture(scope="module")
def service(
    cloud: Cloud, resources: list[DeployedResource], pytestconfig: pytest.Config
) -> Iterator[ServiceUnderLoad]:
    service: ServiceUnderLoad
    with import_module(entry_points()).under_load(cloud, resources) as service:
        if not service.entrances:
            reason = "Nothing was sent: the team's module has no entry point"
            pytestconfig.stash[REPORT].append(reason)
            pytest.skip(reason)
        yield service


@pytest.fixture(scope="module")
def queues(cloud: Cloud, resources: list[DeployedResource]) -> dict[str, dict[str, str]]:
    """The attributes of every queue by URL."""
    sqs = cloud.client("sqs")
    urls = [each.physical_id for each in resources if each.kind == "AWS::SQS::Queue"]
    return {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for url in urls
    }


@pytest.fixture(scope="module")
def consumed(cloud: Cloud, queues: dict[str, dict[str, str]]) -> list[str]:
    """The queues with a consumer, with a short visibility time-out."""
    urls = [url for url, attributes in queues.items() if "RedrivePolicy" in attributes]
    soon = {"VisibilityTimeout": str(SECONDS_UNTIL_BACK)}
    for url in urls:
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=soon)
    return urls


@pytest.fixture(scope="module")
def done(
    cloud: Cloud,
    emulator: Emulator,
    service: ServiceUnderLoad,
    consumed: list[str],
    pytestconfig: pytest.Config,
) -> Done:
    """The load, after all its messages have been processed."""
    started = time.monotonic()
    done = send(messages(service.entrances), service)
    decided = time.monotonic()
    for url in consumed:
        eventually(partial(is_empty, cloud, url), SECONDS_OF_POISON)
    pytestconfig.stash[REPORT].append(
        f"{len(done.sent)} messages were sent and processed within {decided - started:.0f} s, and "
        f"all poison messages {time.monotonic() - decided:.0f} s later; {failures_of(emulator)}"
    )
    return done


def is_empty(cloud: Cloud, url: str) -> bool | None:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    response = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return set(response["Attributes"].values()) == {"0"} or None


def received(cloud: Cloud, urls: Iterable[str]) -> Iterator[str]:
    """Return the bodies of all messages in some queues."""
    for url in urls:
        receive = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600}
        while found := cloud.client("sqs").receive_message(**receive).get("Messages"):
            yield from (message["Body"] for message in found)


@pytest.mark.load
def test_every_message_is_stored_once(service: ServiceUnderLoad, done: Done) -> None:
    assert len(done.sent) == MESSAGES
    assert done.lost == set()
    items = defaultdict(set)
    for message, sent in done.sent:
        if not message.poison:
            items[message.number].add(sent.record)
    assert [found for found in items.values() if len(found) != 1] == []
    assert sorted(service.records()) == sorted(item for (item,) in items.values() if item)


@pytest.mark.load
def test_every_result_is_sent(service: ServiceUnderLoad, done: Done) -> None:
    notified = service.told()
    if notified is None:
        pytest.skip("the service sends no results")
    assert notified == {sent.record for _, sent in done.sent if sent.record is not None}


@pytest.mark.load
def test_dead_letter_queues_have_exactly_the_poison_messages(
    cloud: Cloud, queues: dict[str, dict[str, str]], consumed: list[str], done: Done
) -> None:
    dead = [url for url in queues if url not in consumed]
    texts = ((POISON.search(body), body) for body in received(cloud, dead))
    found = Counter(poison[0] if poison else body for poison, body in texts)
    expected = (
        message.text
        for message, _ in done.sent
        if message.poison and message.entrance.has_dead_letters
    )
    assert found == Counter(expected)


def happened(emulator: Emulator) -> Counter[str]:
    """Return the number of the functions' calls by their result."""
    lines = emulator.faults.read_text(encoding="utf-8").splitlines()
    return Counter(json.loads(line)["happened"] for line in lines)


def failures_of(emulator: Emulator) -> str:
    """Return the numbers of failed calls, as text."""
    faults = happened(emulator)
    return f"{faults['FAILS_ONCE']} calls failed once, {faults['FAILS']} at every attempt"


def counted_in_the_end(cloud: Cloud) -> Counter[Metric]:
    """Return the sums of the functions' metrics, once these are constant."""
    before = totals(cloud)
    time.sleep(SECONDS_OF_REST)
    while (counted := totals(cloud)) != before:
        before = counted
        time.sleep(SECONDS_OF_REST)
    return counted


@pytest.mark.load
def test_metrics_count_every_message_and_every_failure(
    cloud: Cloud, emulator: Emulator, done: Done
) -> None:
    expected = sum((sent.counted for _, sent in done.sent), Counter[Metric]())
    counted = counted_in_the_end(cloud)
    faults = happened(emulator)
    # Sent messages determine how often each handler succeeds and rejects; other metrics may vary.
    for operation in {operation for operation, _ in expected}:
        for name in ("Success", "CallerFault"):
            expected.setdefault((operation, name), 0)
    # A function fails only if all attempts of an SDK call fail.
    expected[ALL, "DependencyFault"] = faults["FAILS"]
    expected[ALL, "ServiceFault"] = 0
    for fault in ("DependencyFault", "ServiceFault"):
        counted[ALL, fault] = sum(times for (_, name), times in counted.items() if name == fault)

    assert faults["FAILS_ONCE"] > 0
    assert unexplained(counted, expected, faults["REPEATED"]) == {}


def unexplained(
    counted: Counter[Metric], expected: Counter[Metric], repeated: int
) -> dict[Metric, tuple[int, int]]:
    """Return the metrics that differ from the expected ones: actual and expected counts.

    On a slow computer, the SDK may retry a call whose response was late, which then counts twice.
    """
    return {
        metric: (counted[metric], times)
        for metric, times in expected.items()
        if not 0
        <= counted[metric] - times
        <= (repeated if metric[1] in {"Success", "DependencyFault"} else 0)
    }
