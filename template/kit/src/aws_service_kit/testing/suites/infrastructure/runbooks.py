"""Every alarm has a runbook section, and its description links that section."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from aws_service_kit.constructs import runbook
from aws_service_kit.docs.architecture.assembly import read
from aws_service_kit.docs.architecture.graph import build
from aws_service_kit.docs.runbooks.alarms import Alarm, alarms
from aws_service_kit.docs.runbooks.notes import headings
from aws_service_kit.docs.runbooks.write import write

if TYPE_CHECKING:
    from pathlib import Path

    from aws_service_kit.config import ServiceConfig
    from aws_service_kit.testing.synthesis import Synthesized


@pytest.fixture(scope="module")
def all_alarms(synthesized: Synthesized) -> list[Alarm]:
    """The alarms of all environments."""
    environments = synthesized.environments
    return alarms({name: build(read(synthesized.folder, name)) for name in environments})


@pytest.fixture(scope="module")
def written(
    config: ServiceConfig, synthesized: Synthesized, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with the runbooks that `derive` writes."""
    root = tmp_path_factory.mktemp("runbooks")
    environments = synthesized.environments
    write(root, config, {name: read(synthesized.folder, name) for name in environments})
    return root


def test_every_alarm_has_a_section_where_its_description_links_to(
    written: Path, all_alarms: list[Alarm]
) -> None:
    for alarm in all_alarms:
        text = (written / runbook.page(alarm.resource.stack)).read_text(encoding="utf-8")
        found = list(headings(text))
        anchors = {*map(runbook.anchor, found), *re.findall(r'<a id="(.+?)">', text)}
        assert alarm.heading in found
        assert alarm.anchor in anchors, alarm.heading


def test_no_two_alarms_of_a_stack_have_the_same_section(all_alarms: list[Alarm]) -> None:
    counted = Counter((alarm.resource.stack, alarm.anchor) for alarm in all_alarms)
    assert {place: count for place, count in counted.items() if count > 1} == {}
