"""Runbooks are generated from the templates. The team's notes are separate and stay unchanged."""

import re
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.config import load
from aws_service_kit.constructs import runbook
from aws_service_kit.docs.architecture.assembly import read
from aws_service_kit.docs.runbooks.notes import headings
from aws_service_kit.docs.runbooks.write import write as write_runbooks
from markdown_it import MarkdownIt

from kit.docs.assemblies import Json, arn, function, join, ref, resource, write
from kit.projects import project

PATHS = {
    "JobsAge1": "Jobs/Age/Resource",
    "DeadDepth2": "Dead/Depth/Resource",
    "WorkErrors3": "Work/Errors/Resource",
    "Limit": "Limit",
}


def alarm(metric: str, link: str = "", **properties: Any) -> Json:  # noqa: ANN401 (any property)
    return resource(
        "CloudWatch::Alarm",
        MetricName=metric,
        Statistic="Maximum",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=1,
        EvaluationPeriods=1,
        Period=60,
        AlarmDescription=f"Jobs wait. Deployed: x\n{link}" if link else "By hand.",
        **properties,
    )


def of_queue(logical_id: str) -> Json:
    name = {"Fn::GetAtt": [logical_id, "QueueName"]}
    return {"Dimensions": [{"Name": "QueueName", "Value": name}]}


def stacks(*, without: tuple[str, ...] = ()) -> dict[str, Json]:
    """Return a stack with a queue, its dead-letter queue, a consumer and alarms."""
    dead = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 5}
    everything = {
        "Jobs": resource("SQS::Queue", RedrivePolicy=dead),
        "Dead": resource("SQS::Queue"),
        "Work": function(LoggingConfig={"LogGroup": ref("Logs")}),
        "Logs": resource("Logs::LogGroup", LogGroupName="/aws/lambda/work"),
        "Consumer": resource(
            "Lambda::EventSourceMapping", EventSourceArn=arn("Jobs"), FunctionName=ref("Work")
        ),
        "Role": resource("IAM::Role"),
        "Topic": resource("SNS::Topic"),
        "JobsAge1": alarm(
            "ApproximateAgeOfOldestMessage",
            runbook.link("messaging", "Jobs/Age"),
            AlarmActions=[ref("Topic")],
            **of_queue("Jobs"),
        ),
        "DeadDepth2": alarm(
            "ApproximateNumberOfMessagesVisible",
            runbook.link("messaging", "Dead/Depth"),
            **of_queue("Dead"),
        ),
        "WorkErrors3": alarm("Errors", runbook.link("messaging", "Work/Errors")),
        # An alarm without the kit's construct: no link, no dimension, another id.
        "Limit": alarm("<b>Limit</b>"),
        "Both": resource(
            "CloudWatch::CompositeAlarm",
            AlarmRule=join('ALARM("', arn("JobsAge1"), '") AND ALARM("', arn("Limit"), '")'),
        ),
    }
    return {"messaging": {name: each for name, each in everything.items() if name not in without}}


def derive(root: Path, made: dict[str, Json], *, prod: dict[str, Json] | None = None) -> list[str]:
    """Write the runbooks of a service in a folder, and return the warnings."""
    assemblies = {}
    for name, each in {"dev": made, "prod": made if prod is None else prod}.items():
        folder = root / "assemblies" / f"{len(list((root / 'assemblies').glob('*')))}"
        write(folder, each, environment=name, paths=PATHS)
        assemblies[name] = read(folder, name)
    if not (root / "infrastructure").exists():
        project(root)
    return write_runbooks(root, load(root), assemblies)


def text_of(root: Path, name: str = "messaging") -> str:
    return (root / "docs" / "runbooks" / f"{name}.md").read_text(encoding="utf-8")


def section(root: Path, heading: str) -> str:
    _, _, rest = text_of(root).partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def note(root: Path, text: str, stack: str = "messaging") -> Path:
    path = root / "docs" / "runbooks" / "team" / f"{stack}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def anchors(markdown: str) -> set[str]:
    """Return the anchors of a document's headings, computed independently of the kit."""
    html = MarkdownIt("commonmark").render(markdown)
    texts = re.findall(r"<h2>(.*?)</h2>", html)
    slugs = {
        "".join(c for c in re.sub("<.*?>", "", text).lower() if c.isalnum() or c in "-_ ").replace(
            " ", "-"
        )
        for text in texts
    }
    return slugs | set(re.findall(r'<a id="(.*?)">', html))


def test_each_alarm_has_a_section_generated_from_the_templates(tmp_path: Path) -> None:
    assert derive(tmp_path, stacks()) == []
    found = ["Both", "Dead/Depth", "Jobs/Age", "Limit", "Work/Errors"]
    assert list(headings(text_of(tmp_path))) == found
    age, depth = section(tmp_path, "Jobs/Age"), section(tmp_path, "Dead/Depth")
    assert "Jobs wait.\n" in age
    assert "**Raised when:** `ApproximateAgeOfOldestMessage` (Maximum) ≥ 1 for 1 min" in age
    assert "**Notifies:** `Topic`" in age
    assert "**Watches:** queue `Jobs`" in age
    assert "**Logs:** `/aws/lambda/work`" in age
    assert "dead-letters show --environment dev --queue messaging/Dead`" in depth
    assert "From `Jobs`: move them back to `Jobs`" in depth
    # Its metric names no resource, so the resource is that of its construct.
    assert "**Watches:** function `Work`" in section(tmp_path, "Work/Errors")
    assert "**Made of:** `Jobs/Age`, `Limit`" in section(tmp_path, "Both")
    assert r"`<b>Limit</b>`" in section(tmp_path, "Limit")
    assert "[`messaging`](messaging.md) | 5 |" in text_of(tmp_path, "README")


def test_links_in_descriptions_point_to_sections(tmp_path: Path) -> None:
    derive(tmp_path, stacks())
    alarms = [each for each in stacks()["messaging"].values() if "Alarm" in each["Type"]]
    descriptions = [each["Properties"].get("AlarmDescription", "") for each in alarms]
    links = [link for text in descriptions for link in re.findall(r"Runbook: (.*)#(.*)", text)]
    assert len(links) == 3
    for path, anchor in links:
        assert anchor in anchors((tmp_path / path).read_text(encoding="utf-8"))


def test_an_anchor_that_differs_from_the_heading_is_added(tmp_path: Path) -> None:
    made = stacks()
    made["messaging"]["Limit"]["Properties"]["AlarmDescription"] = (
        f"A.\n{runbook.link('messaging', 'Other/Name')}"
    )
    derive(tmp_path, made)
    assert '<a id="othername"></a>\n\n## Limit\n' in text_of(tmp_path)
    assert "othername" in anchors(text_of(tmp_path))
    # The team's section may have either name.
    for heading in ("Limit", "Other/Name"):
        note(tmp_path, f"## {heading}\n")
        assert derive(tmp_path, made) == []
        link = f"(team/messaging.md#{runbook.anchor(heading)})"
        assert f"**The team's notes:** [{heading}]{link}" in section(tmp_path, "Limit")


def test_an_alarm_of_one_environment_has_a_section_too(tmp_path: Path) -> None:
    derive(tmp_path, stacks(without=("Limit", "Both")), prod=stacks())
    assert "**Only in:** prod" in section(tmp_path, "Limit")
    assert "Only in" not in section(tmp_path, "Jobs/Age")


def test_notes_of_the_team_are_kept_and_linked(tmp_path: Path) -> None:
    text = "# Mine\r\n\n## `Jobs/Age`\n\nCall Maria.\n\n~~~\n## Not/This\n~~~\n"
    path = note(tmp_path, text)
    before = path.read_bytes()
    for _ in range(2):
        assert derive(tmp_path, stacks()) == []
        assert path.read_bytes() == before
    assert "**The team's notes:** [Jobs/Age](team/messaging.md#jobsage)" in text_of(tmp_path)
    assert "team's notes:" not in section(tmp_path, "Limit")
    assert "[team/messaging.md](team/messaging.md)" in text_of(tmp_path, "README")


def test_notes_on_a_removed_alarm_are_kept_with_a_warning(tmp_path: Path) -> None:
    path = note(tmp_path, "## Jobs/Age\n\nCall Maria.\n")
    derive(tmp_path, stacks())
    before = path.read_bytes()
    warnings = derive(tmp_path, stacks(without=("JobsAge1", "Both")))
    assert warnings == ['docs/runbooks/team/messaging.md: no alarm is called "Jobs/Age"']
    assert path.read_bytes() == before
    assert "- [Jobs/Age](team/messaging.md#jobsage)" in section(
        tmp_path, "Notes about removed alarms"
    )


def test_notes_on_a_removed_stack_are_kept_with_a_warning(
    tmp_path: Path,
) -> None:
    path = note(tmp_path, "## Jobs/Age\n\nCall Maria.\n")
    derive(tmp_path, stacks())
    warnings = derive(tmp_path, {"other": {"T": resource("SNS::Topic")}})
    assert warnings == ['docs/runbooks/team/messaging.md: no alarm is called "Jobs/Age"']
    assert path.exists()
    assert not (tmp_path / "docs" / "runbooks" / "messaging.md").exists()
    assert "[team/messaging.md](team/messaging.md): no stack called `messaging`" in text_of(
        tmp_path, "README"
    )


@pytest.mark.parametrize("name", ["messaging", "README"])
def test_a_file_of_the_team_is_not_overwritten(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "docs" / "runbooks"
    folder.mkdir(parents=True)
    (folder / f"{name}.md").write_text("# Ours\n", encoding="utf-8")
    (folder / "further.md").write_text("# Ours, too\n", encoding="utf-8")
    (warning,) = derive(tmp_path, stacks())
    assert warning.startswith(
        f"docs/runbooks/{name}.md isn't derived, so it isn't overwritten: move"
    )
    assert text_of(tmp_path, name) == "# Ours\n"
    (folder / f"{name}.md").unlink()
    assert derive(tmp_path, stacks()) == []
    assert text_of(tmp_path, "further") == "# Ours, too\n"


def test_equal_templates_give_equal_runbooks(tmp_path: Path) -> None:
    derive(tmp_path, stacks())
    first = text_of(tmp_path), text_of(tmp_path, "README")
    derive(tmp_path, {"messaging": dict(reversed(stacks()["messaging"].items()))})
    assert (text_of(tmp_path), text_of(tmp_path, "README")) == first
    assert not [line for text in first for line in text.splitlines() if line != line.rstrip()]


def test_the_index_reports_missing_notifications(tmp_path: Path) -> None:
    silent = stacks(without=("JobsAge1", "Both"))
    derive(tmp_path, silent)
    assert "No alarm notifies anyone, because the service has no stack `monitoring`" in text_of(
        tmp_path, "README"
    )
    derive(tmp_path, stacks())
    assert "No alarm notifies anyone" not in text_of(tmp_path, "README")
