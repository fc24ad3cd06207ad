# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Thousands of messages while dependencies fail: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import json
import re
import time
from collections import Counter, defaultdict
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.local.conftest import REPORT, eventually
from tests.local.load import MESSAGES, Done, UnderLoad, messages, send
from tooling.local.metrics import totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tooling.local.cloud import Cloud
    from tooling.local.emulator import Emulator
    from tooling.local.metrics import Metric
    from tooling.local.resources import Deployed

# The team's own: where messages enter the service, and how it shows what becomes of them.
ENTRANCES = "tests.local.stacks.entrances"
POISON = re.compile(r"poison-[a-z]+-\d+")
# Seconds until a message that failed comes back: more than a batch takes, less than in AWS.
SECONDS_UNTIL_BACK = 10
SECONDS_OF_REST = 1


@pytest.fixture(scope="module")
def service(cloud: Cloud, resources: list[Deployed]) -> Iterator[UnderLoad]:
    if find_spec(ENTRANCES) is None:
        pytest.skip(f"{ENTRANCES} doesn't say where messages enter the service")
    service: UnderLoad
    with import_module(ENTRANCES).under_load(cloud, resources) as service:
        if not service.entrances:
            pytest.skip("no message enters the service")
        yield service


@pytest.fixture(scope="module")
def queues(cloud: Cloud, resources: list[Deployed]) -> dict[str, dict[str, str]]:
    """The attributes of every queue, by its URL."""
    sqs = cloud.client("sqs")
    urls = [each.physical_id for each in resources if each.kind == "AWS::SQS::Queue"]
    return {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for url in urls
    }


@pytest.fixture(scope="module")
def consumed(cloud: Cloud, queues: dict[str, dict[str, str]]) -> list[str]:
    """The queues with a consumer, from which what fails comes back soon."""
    urls = [url for url, attributes in queues.items() if "RedrivePolicy" in attributes]
    soon = {"VisibilityTimeout": str(SECONDS_UNTIL_BACK)}
    for url in urls:
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=soon)
    return urls


@pytest.fixture(scope="module")
def done(
    cloud: Cloud, service: UnderLoad, consumed: list[str], pytestconfig: pytest.Config
) -> Done:
    """The load, after all that comes of it."""
    started = time.monotonic()
    done = send(messages(service.entrances), service)
    decided = time.monotonic()
    for url in consumed:
        eventually(lambda url=url: waiting(cloud, url) == 0 or None)
    pytestconfig.stash[REPORT].append(
        f"{len(done.sent)} messages were sent and decided within {decided - started:.0f} s, "
        f"and all poison given up {time.monotonic() - decided:.0f} s later"
    )
    return done


def waiting(cloud: Cloud, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(map(int, answer["Attributes"].values()))


def received(cloud: Cloud, urls: Iterable[str]) -> Iterator[str]:
    """Give the bodies of all messages in some queues."""
    for url in urls:
        receive = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600}
        while answer := cloud.client("sqs").receive_message(**receive).get("Messages"):
            yield from (message["Body"] for message in answer)


def test_every_message_ends_in_one_record(service: UnderLoad, done: Done) -> None:
    assert len(done.sent) == MESSAGES
    assert done.lost == set()
    records = defaultdict(set)
    for message, sent in done.sent:
        if not message.poison:
            records[message.number].add(sent.record)
    assert [found for found in records.values() if len(found) != 1] == []
    assert sorted(service.records()) == sorted(record for (record,) in records.values() if record)


def test_every_outcome_is_told(service: UnderLoad, done: Done) -> None:
    told = service.told()
    if told is None:
        return
    assert told == {sent.record for _, sent in done.sent if sent.record is not None}


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


def calls(emulator: Emulator, happened: str) -> int:
    """Count the functions' calls to which something happened."""
    lines = emulator.faults.read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return len({each["call"] for each in found if each["happened"] == happened})


def counted_in_the_end(cloud: Cloud) -> Counter[Metric]:
    """Add up what functions count, when they have come to rest."""
    before = totals(cloud)
    time.sleep(SECONDS_OF_REST)
    while (counted := totals(cloud)) != before:
        before = counted
        time.sleep(SECONDS_OF_REST)
    return counted


def test_every_outcome_is_counted_and_every_failure_explained(
    cloud: Cloud, emulator: Emulator, done: Done
) -> None:
    expected = sum((sent.counted for _, sent in done.sent), Counter[Metric]())
    expected["all", "DependencyFault"] = calls(emulator, "FAILS")
    assert expected["all", "DependencyFault"] > 0
    counted = counted_in_the_end(cloud)
    for fault in ("DependencyFault", "ServiceFault"):
        counted["all", fault] = sum(times for (_, name), times in counted.items() if name == fault)
    # What a slow machine answers too late is done, and done again when the SDK repeats the call.
    repeated = calls(emulator, "REPEATED")
    unexplained = {
        metric: (counted[metric], expected[metric])
        for metric in {*expected, *measured(expected), ("all", "ServiceFault")}
        if not expected[metric] <= counted[metric] <= expected[metric] + repeated
    }
    assert unexplained == {}


def measured(expected: Iterable[Metric]) -> set[Metric]:
    """Give what else the functions would count that count something."""
    return {(operation, name) for operation, _ in expected for name in ("Success", "CallerFault")}
