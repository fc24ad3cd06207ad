"""Load: send many messages through every entry point, and wait until they are processed.

The team describes its service in `tests/local/stacks/entry_points.py`. The module has a context
manager, which yields a `ServiceUnderLoad` with its `EntryPoint`s:

```python
@contextmanager
def under_load(cloud: Cloud, found: Sequence[DeployedResource]) -> Iterator[ServiceUnderLoad]:
    yield Service(cloud, found)
```

Without the module, `python3 dev.py local-load` fails. The sample of a new service has one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle, islice
from random import Random
from typing import TYPE_CHECKING, Protocol

from aws_service_kit.local.metrics import Metric
from aws_service_kit.runtime.former_names import names_renamed
from aws_service_kit.testing.local import eventually

SEED = 20261126
MESSAGES = 2_000
POISON = 100
DUPLICATES = 100

# Number of concurrent callers, and the maximum number of messages in flight before the next wave:
# the emulator starts a process for every concurrent invocation.
SENDERS = 4
WAVE = 20


@dataclass(frozen=True)
class SentMessage:
    """A message that was sent, and its expected effects.

    Attributes:
        record: The id of the item that the service stores for it; None for a poison message.
        counted: Metrics that functions write because of it.
    """

    record: str | None
    counted: Counter[Metric] = field(default_factory=Counter)


class EntryPoint(Protocol):
    """An entry point of the service.

    Attributes:
        name: Its name, in lower-case letters.
        has_dead_letters: Whether its poison messages move to a dead-letter queue; else they are
            rejected.
    """

    name: str
    has_dead_letters: bool

    def send(self, number: int) -> SentMessage:
        """Send the message of a number; the same number sends a duplicate."""
        ...

    def poison(self, text: str) -> SentMessage:
        """Send a message with this text that can't be processed."""
        ...


class ServiceUnderLoad(Protocol):
    """A service under load, implemented by its team.

    Attributes:
        entrances: Its entry points.
    """

    entrances: Sequence[EntryPoint]

    def undecided(self, records: set[str]) -> set[str]:
        """Return the ids of the given items that aren't in their final state."""
        ...

    def records(self) -> list[str]:
        """Return the id of every item."""
        ...

    def told(self) -> set[str] | None:
        """Return the ids of items whose result was sent; None if the service sends no results."""
        ...


@dataclass(frozen=True)
class Message:
    """A message to send.

    Attributes:
        entrance: The entry point.
        number: Its number; the same number again is a duplicate.
        poison: Whether it can't be processed.
    """

    entrance: EntryPoint
    number: int
    poison: bool

    @property
    def text(self) -> str:
        """The text in a poison message, to find it in the dead-letter queue."""
        return f"poison-{self.entrance.name}-{self.number}"

    def send(self) -> SentMessage:
        """Send it."""
        if self.poison:
            return self.entrance.poison(self.text)
        return self.entrance.send(self.number)


@dataclass
class Done:
    """The result of a load.

    Attributes:
        sent: Each message with its expected effects.
        lost: The ids of items that don't reach their final state.
    """

    sent: list[tuple[Message, SentMessage]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


def messages(entrances: Sequence[EntryPoint]) -> list[Message]:
    """Return the load. Poison messages are in its first quarter, so retries are among the rest."""
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


def send(load: Sequence[Message], service: ServiceUnderLoad) -> Done:
    """Send a load in waves, as fast as the service processes them."""
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
    """Split a load into growing waves, since starting many functions at once takes seconds."""
    start, size = 0, 1
    while wave := load[start : start + size]:
        yield wave
        start, size = start + size, min(size + 1, WAVE)


if TYPE_CHECKING:
    Entrance = EntryPoint
    Sent = SentMessage
    UnderLoad = ServiceUnderLoad
else:
    __getattr__ = names_renamed(
        __name__, Entrance="EntryPoint", Sent="SentMessage", UnderLoad="ServiceUnderLoad"
    )
