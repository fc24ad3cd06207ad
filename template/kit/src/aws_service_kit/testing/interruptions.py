"""Cut functions off in the middle of their work, as a time-out does.

A step that was cut off comes again. It mustn't take an earlier effect of its own, such as a stored
decision, for the sign that it was completed, or the rest is never done. So cut it off after each of
its writes and let it come again: `every_interruption` does.
"""

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from botocore.client import BaseClient

from aws_service_kit.runtime.metrics import metrics

# How the names begin of operations that change nothing.
READS = ("BatchGet", "Describe", "Get", "List", "Query", "Receive", "Scan")
MANY = 20


class CutOff(BaseException):
    """The function's time is over. Nothing catches that: Lambda ends the process."""


@dataclass
class Interruption:
    """A function that is cut off after so many writes.

    Attributes:
        after: The number of writes.
        writes: The operations that changed something, in their order.
    """

    after: int
    writes: list[str] = field(default_factory=list)

    @property
    def happened(self) -> bool:
        """Whether there were so many writes."""
        return len(self.writes) >= self.after

    @contextmanager
    def during(self) -> Iterator[None]:
        """Cut off what runs within the block, once; later blocks run undisturbed."""
        make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: BaseClient, operation: str, parameters: object) -> object:
            answer: object = make_api_call(client, operation, parameters)
            if not operation.startswith(READS):
                self.writes.append(operation)
                if len(self.writes) == self.after:
                    raise CutOff
            return answer

        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            # Unlike Lambda, Python runs the blocks `finally`: one would write metrics.
            warnings.filterwarnings("ignore", "No application metrics")
            patch.setattr(BaseClient, "_make_api_call", call)
            try:
                yield
            except CutOff:
                metrics.clear_metrics()
                raise


def every_interruption() -> Iterator[Interruption]:
    """Yield an interruption after the first write, after the second and so on, until none happens.

    Raises:
        AssertionError: There was no write at all, or no end of them.
    """
    for after in itertools.count(1):
        assert after < MANY, "each attempt writes more"
        interruption = Interruption(after)
        yield interruption
        if not interruption.happened:
            assert after > 1, "nothing is written"
            return
