"""The commands that `local` prints for messages work when they are pasted."""

import json
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from aws_service_kit.local import messages
from aws_service_kit.local.__main__ import main
from aws_service_kit.local.deployed_resources import DeployedResource
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.testing.local import ROOT, eventually

from service.domain.order import Status
from tests.local.stacks.orders import Orders

Paste = Callable[[str], str]


@pytest.fixture
def paste(emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Paste:
    """Return a function that runs a command of `dev.py` with the emulator of the tests."""
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "local").symlink_to(emulator.folder)
    (tmp_path / "infrastructure").symlink_to(ROOT / "infrastructure")

    def run(command: str) -> str:
        python, program, task, *arguments = shlex.split(command)
        assert (python, program) == ("python3", "dev.py")
        assert main([task.removeprefix("local-"), *arguments], tmp_path) == 0
        return capsys.readouterr().out

    return run


def test_the_order_of_every_message_is_decided(
    resources: list[DeployedResource], requests: Orders, paste: Paste
) -> None:
    commands = list(messages.commands(resources))
    if not commands:
        pytest.skip("the service has no queue, topic, bus or state machine")
    for command in commands:
        sent, *log_lines = paste(command).splitlines()
        named = json.loads(sent.removeprefix("Sent "))["data"]
        decision = partial(requests.decision_about, named["owner"], named["request_id"])
        assert eventually(decision) is Status.APPROVED
        assert [line for line in log_lines if "processed" in line or "done" in line]
        assert not [line for line in log_lines if "refused" in line or "failed" in line]
