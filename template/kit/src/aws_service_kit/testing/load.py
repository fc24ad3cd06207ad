"""Send many messages through every entrance, and wait until the service is done with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle, islice
from random import Random
from typing import Protocol

from aws_service_kit.local.metrics import Metric
from aws_service_kit.testing.local import eventually

SEED = 20261126
MESSAGES = 2_000
POISON = 100
DUPLICATES = 100

# So many callers send at once, and so many messages at the most are under way when they go on: the
# emulator starts a process for everything that a function does at the same time.
SENDERS = 4
WAVE = 20


@dataclass(frozen=True)
class Sent:
    """What becomes of a message.

    Attributes:
        record: The id of what the service keeps of it; None for poison.
        counted: What functions count because of it, by now or later.
    """

    record: str | None
    counted: Counter[Metric] = field(default_factory=Counter)


class Entrance(Protocol):
    """A way into the service.

    Attributes:
        name: What it is called, in lower-case letters.
        has_dead_letters: Whether its poison ends in dead letters; else it is refused for good.
    """

    name: str
    has_dead_letters: bool

    def send(self, number: int) -> Sent:
        """Send the message of a number: for the same number the same again."""
        ...

    def poison(self, text: str) -> Sent:
        """Send a message with a text in it, which nobody can process."""
        ...


class UnderLoad(Protocol):
    """A service, as its team shows it.

    Attributes:
        entrances: The ways into it.
    """

    entrances: Sequence[Entrance]

    def undecided(self, records: set[str]) -> set[str]:
        """Return which of some records aren't in their final state."""
        ...

    def records(self) -> list[str]:
        """Return the id of every record."""
        ...

    def told(self) -> set[str] | None:
        """Return of which records the outcome was told; None if none is told."""
        ...


@dataclass(frozen=True)
class Message:
    """A message to be sent.

    Attributes:
        entrance: Where.
        number: Which one; the same once more is a duplicate.
        poison: Whether nobody can process it.
    """

    entrance: Entrance
    number: int
    poison: bool

    @property
    def text(self) -> str:
        """What is in poison, to be found again in the dead letters."""
        return f"poison-{self.entrance.name}-{self.number}"

    def send(self) -> Sent:
        """Send it."""
        if self.poison:
            return self.entrance.poison(self.text)
        return self.entrance.send(self.number)


@dataclass
class Done:
    """A load that was sent.

    Attributes:
        sent: Each message, with what became of it.
        lost: The records that stay undecided.
    """

    sent: list[tuple[Message, Sent]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


def messages(entrances: Sequence[Entrance]) -> list[Message]:
    """Make the load: its poison is in the first quarter, and comes back among all the rest."""
    order = Random(SEED)  # noqa: S311 (no secret)
    numbered = list(islice(zip(cycle(entrances), count()), MESSAGES - DUPLICATES))
    order.shuffle(numbered)
    poison = [Message(*each, poison=True) for each in numbered[:POISON]]
    good = [Message(*each, poison=False) for each in numbered[POISON:]]
    good += order.sample(good, DUPLICATES)
    order.shuffle(good)
    quarter = MESSAGES // 4 - POISON
    first = poison + good[:quarter]
    order.shuffle(first)
    return first + good[quarter:]


def send(load: Sequence[Message], service: UnderLoad) -> Done:
    """Send a load, wave by wave, as fast as the service decides."""
    done = Done()

    def few_are_left(most: int) -> bool | None:
        done.lost &= service.undecided(done.lost)
        return len(done.lost) <= most or None

    with ThreadPoolExecutor(SENDERS) as senders:
        for wave in waves(load):
            done.sent += zip(wave, senders.map(Message.send, wave), strict=True)
            done.lost |= {sent.record for _, sent in done.sent[-len(wave) :] if sent.record}
            last = len(done.sent) == len(load)
            try:
                eventually(partial(few_are_left, 0 if last else len(wave)))
            except AssertionError:
                break
    return done


def waves(load: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Cut a load into waves, which grow: functions that all start at once take seconds."""
    start, size = 0, 1
    while wave := load[start : start + size]:
        yield wave
        start, size = start + size, min(size + 1, WAVE)
