"""A simulation of an SQS queue and its Lambda consumer: receives, retries, time-outs, redrives.

Source: Amazon SQS, "Using dead-letter queues"; AWS Lambda, "Using Lambda with Amazon SQS".
"""

import random
from collections.abc import Collection
from dataclasses import dataclass, field

from aws_service_kit.runtime.batch import batch_handler
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.testing.envelopes import envelope
from aws_service_kit.testing.interruptions import CutOff
from aws_service_kit.testing.unit import Context


@dataclass(eq=False)
class Message:
    """A message in the queue.

    Attributes:
        seconds: The time that the function needs for it.
        fails: Whether the function raises for it, each time.
        received: The number of receives.
        attempted: The number of calls of the function with it.
        visible_at: The time when its visibility time-out ends.
    """

    seconds: float
    fails: bool = False
    received: int = 0
    attempted: int = 0
    visible_at: float = 0.0


@dataclass
class Queue:
    """A queue with its event source mapping.

    Attributes:
        messages: The messages that were sent.
        batch_size: The maximum number of messages in a batch.
        timeout: The consumer's time-out in seconds.
        max_receive_count: Receives of a message before SQS moves it to the dead-letter queue.
        order: The random order of delivery, since a standard queue keeps none.
        dead: The dead-letter queue.
        done: The acknowledged messages.
        cut_off: The number of invocations that timed out.
    """

    messages: list[Message]
    batch_size: int
    timeout: float
    max_receive_count: int = 5
    order: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 (no secret)
    dead: list[Message] = field(default_factory=list)
    done: list[Message] = field(default_factory=list)
    cut_off: int = 0

    def run(self) -> None:
        """Consume until the queue is empty."""
        waiting = list(self.messages)
        while waiting:
            now = min(message.visible_at for message in waiting)
            visible = [message for message in waiting if message.visible_at <= now]
            self.order.shuffle(visible)
            batch: list[Message] = []
            while visible and len(batch) < self.batch_size:
                message = visible.pop()
                if message.received == self.max_receive_count:
                    self.dead.append(message)
                    waiting.remove(message)
                else:
                    message.received += 1
                    message.visible_at = now + 6 * self.timeout
                    batch.append(message)
            for number in self._consume(batch) if batch else ():
                self.done.append(batch[number])
                waiting.remove(batch[number])

    def _consume(self, batch: list[Message]) -> Collection[int]:
        """Invoke the consumer; return the numbers of the messages that it acknowledges."""
        context = Context(seconds=self.timeout)

        def handle(envelope: Envelope) -> None:
            message = batch[int(envelope.id)]
            message.attempted += 1
            context.seconds -= message.seconds
            if context.seconds < 0:
                raise CutOff
            if message.fails:
                raise ValueError

        records = [
            {"messageId": str(number), "body": envelope(id=str(number)).to_json()}
            for number in range(len(batch))
        ]
        try:
            answer = batch_handler(handle)({"Records": records}, context)
        except CutOff:
            self.cut_off += 1
            return ()
        failed = {int(item["itemIdentifier"]) for item in answer["batchItemFailures"]}
        return set(range(len(batch))) - failed
