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
            reason = "Nothing was sent: by the team's module, no message enters the service"
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
        f"{len(done.sent)} messages were sent and decided within {decided - started:.0f} s, "
        f"and all poison given up {time.monotonic() - decided:.0f} s later; {told(emulator)}"
    )
    return done


def is_empty(cloud: Cloud, url: str) -> bool | None:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return set(answer["Attributes"].values()) == {"0"} or None


def received(cloud: Cloud, urls: Iterable[str]) -> Iterator[str]:
    """Return the bodies of all messages in some queues."""
    for url in urls:
        receive = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600}
        while answer := cloud.client("sqs").receive_message(**receive).get("Messages"):
            yield from (message["Body"] for message in answer)


@pytest.mark.load
def test_every_message_ends_in_one_record(service: ServiceUnderLoad, done: Done) -> None:
    assert len(done.sent) == MESSAGES
    assert done.lost == set()
    records = defaultdict(set)
    for message, sent in done.sent:
        if not message.poison:
            records[message.number].add(sent.record)
    assert [found for found in records.values() if len(found) != 1] == []
    assert sorted(service.records()) == sorted(record for (record,) in records.values() if record)


@pytest.mark.load
def test_every_outcome_is_told(service: ServiceUnderLoad, done: Done) -> None:
    told = service.told()
    if told is None:
        pytest.skip("nobody is told")
    assert told == {sent.record for _, sent in done.sent if sent.record is not None}


@pytest.mark.load
def test_all_poison_ends_in_the_dead_letters_and_nothing_else(
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


def told(emulator: Emulator) -> str:
    """Return a line on the calls that failed."""
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
def test_every_outcome_is_counted_and_every_failure_explained(
    cloud: Cloud, emulator: Emulator, done: Done
) -> None:
    expected = sum((sent.counted for _, sent in done.sent), Counter[Metric]())
    counted = counted_in_the_end(cloud)
    faults = happened(emulator)
    # Sent messages determine how often each handler succeeds and rejects; other metrics may vary.
    for operation in {operation for operation, _ in expected}:
        for outcome in ("Success", "CallerFault"):
            expected.setdefault((operation, outcome), 0)
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

    On a slow computer, a call that was answered too late is retried by the SDK and counts twice.
    """
    return {
        metric: (counted[metric], times)
        for metric, times in expected.items()
        if not 0
        <= counted[metric] - times
        <= (repeated if metric[1] in {"Success", "DependencyFault"} else 0)
    }
