"""Reading the logs of the local environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_service_kit.local import logs
from aws_service_kit.local.cloud import Cloud, free_port
from aws_service_kit.project import ROOT

if TYPE_CHECKING:
    import pytest


class Emulator:
    """The emulator's logs: one group. It returns the oldest events, without a next token."""

    def __init__(self, timestamps: list[int]) -> None:
        self._events: list[dict[str, Any]] = [
            {"timestamp": timestamp, "message": str(number)}
            for number, timestamp in enumerate(timestamps)
        ]

    def client(self, _service: str) -> Emulator:
        return self

    def get_paginator(self, _operation: str) -> Emulator:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"logGroups": [{"logGroupName": "group"}]}]

    def filter_log_events(self, logGroupName: str, startTime: int) -> dict[str, Any]:  # noqa: N803
        assert logGroupName == "group"
        found = [event for event in self._events if event["timestamp"] >= startTime]
        return {"events": found[: logs.MOST]}


def test_every_event_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST", 4)
    emulator: Any = Emulator([1, 2, 2, 3, 3, 3, 4, 5, 5, 6])
    given = [event["message"] for _, event in logs.events(emulator, 2)]
    assert given == [str(number) for number in range(1, 10)]


def test_following_ends_with_a_line_when_the_service_is_stopped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.follow(Cloud(free_port()), ROOT)
    assert capsys.readouterr().out.splitlines()[-1] == "The service was stopped."
