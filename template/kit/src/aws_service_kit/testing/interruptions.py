"""Interrupt functions in the middle of their work, as a time-out does.

An interrupted step is retried. It must not treat one of its earlier effects, such as a stored
decision, as a sign that it is complete: the remaining effects would be missing. So
`every_interruption` interrupts it after each of its writes, and tests run it again.
"""

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from botocore.client import BaseClient

from aws_service_kit.runtime.metrics import metrics

# Prefixes of the operations that change nothing.
READS = ("BatchGet", "Describe", "Get", "List", "Query", "Receive", "Scan")
MANY = 20


class CutOff(BaseException):
    """The function timed out. Code can't catch it, since Lambda ends the process."""


@dataclass
class Interruption:
    """An interruption of a function after a number of writes.

    Attributes:
        after: The number of writes.
        writes: The operations that changed something, in order.
    """

    after: int
    writes: list[str] = field(default_factory=list)

    @property
    def happened(self) -> bool:
        """Whether there were enough writes for the interruption."""
        return len(self.writes) >= self.after

    @contextmanager
    def during(self) -> Iterator[None]:
        """Interrupt the code in the block, once; later blocks run without an interruption."""
        make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: BaseClient, operation: str, parameters: object) -> object:
            response: object = make_api_call(client, operation, parameters)
            if not operation.startswith(READS):
                self.writes.append(operation)
                if len(self.writes) == self.after:
                    raise CutOff
            return response

        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            # Unlike Lambda, Python runs `finally` blocks, of which one writes metrics.
            warnings.filterwarnings("ignore", "No application metrics")
            patch.setattr(BaseClient, "_make_api_call", call)
            try:
                yield
            except CutOff:
                metrics.clear_metrics()
                raise


def every_interruption() -> Iterator[Interruption]:
    """Yield an interruption after the first write, after the second, and so on, until none happens.

    Raises:
        AssertionError: There was no write, or each attempt writes more.
    """
    for after in itertools.count(1):
        assert after < MANY, "each attempt writes more"
        interruption = Interruption(after)
        yield interruption
        if not interruption.happened:
            assert after > 1, "nothing is written"
            return
