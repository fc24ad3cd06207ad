from dataclasses import replace

from aws_service_kit.update.migrations import Leftover, Report
from aws_service_kit.update.resources import Difference
from aws_service_kit.update.summary import PATCHES, describe, sections
from aws_service_kit.update.update_state import UpdateState

CHANGES = """# Changelog

## 1.10.0 - 2026-12-01

Controls: adds C4;
changes L1.

- Newest.

## 1.9.0 - 2026-11-30

- Between.

## 1.1.0 - 2026-11-26

- Oldest.
"""
SESSION = UpdateState(
    prefix=".",
    branch="template-update-1.10.0",
    start="main",
    before="v1.1.0",
    after="v1.10.0",
    conflicts={"mypy.ini": "you and the template changed the same lines"},
    edited=["ruff.toml"],
    deleted=["cdk.json"],
    ignored=["dev.py"],
    moved={"old.py": "new.py"},
    leftovers=["infrastructure/stacks/api.py"],
)


def test_changelog_sections_start_after_the_current_version() -> None:
    assert list(sections(CHANGES, "v1.1.0", "v1.10.0")) == ["1.10.0", "1.9.0"]
    assert list(sections(CHANGES, "v1.1.0-3-gabc1234", "v1.9.0")) == ["1.9.0"]
    assert sections(CHANGES, "v1.10.0", "v1.10.0") == {}
    assert sections(CHANGES, "v1.0.0", "v1.1.0") == {"1.1.0": "- Oldest."}


def test_the_summary_has_all_sections() -> None:
    text = describe(SESSION, CHANGES, [], {})
    assert text.startswith("# Template v1.1.0 to v1.10.0\n")
    assert "## 1.10.0\n\nControls: adds C4;\nchanges L1.\n\n- Newest." in text
    assert "## Controls\n\n- 1.10.0: adds C4; changes L1.\n" in text
    assert "None is added, changed or removed." in text
    for path in (
        "mypy.ini",
        "ruff.toml",
        "cdk.json",
        "dev.py",
        "old.py",
        "infrastructure/stacks/api.py",
    ):
        assert f"- `{path}`" in text


def test_resources_are_listed_once_with_their_environments() -> None:
    alarm = Difference(
        "dev/storage", "Throttles", "AWS::CloudWatch::Alarm", "WILL_UPDATE", ("Threshold", "Unit")
    )
    version = replace(alarm, logical_id="V1", type="AWS::Lambda::Version")
    text = describe(SESSION, CHANGES, [alarm, replace(alarm, stack="prod/storage"), version], {})
    row = "storage/Throttles | AWS::CloudWatch::Alarm | changed in place | Threshold, Unit"
    assert f"| {row} | dev, prod |\n" in text
    assert "V1" not in text


def test_remaining_work_comes_first() -> None:
    text = describe(SESSION, CHANGES, None, {"checks": "The lint fails."})
    assert text.index("## Left to do: checks\n\nThe lint fails.") < text.index("## 1.10.0")
    assert "Not compared" in text


def test_migrations_are_listed_with_their_remaining_work() -> None:
    report = Report(
        "names",
        "The names stay",
        changed=("infrastructure/config/team.toml",),
        absent=("src/service/handlers/health.py",),
        leftovers=(Leftover("src/service/handlers/notify.py", 7, "these lines were changed"),),
        patch="+a\n",
        source="migrations/v1_10_0/names.patch",
    )
    text = describe(replace(SESSION, migrated=[report.as_json()]), CHANGES, [], {})
    assert "**names**: The names stay.\n- changed: `infrastructure/config/team.toml`\n" in text
    assert "- not changed, because you deleted it: `src/service/handlers/health.py`\n" in text
    assert "- to do by hand: `src/service/handlers/notify.py:7`: these lines were changed" in text
    assert "```diff\n+a\n```" in text

    long = replace(report, patch="+a\n" * PATCHES)
    text = describe(replace(SESSION, migrated=[long.as_json()]), CHANGES, [], {})
    assert "```diff" not in text
    assert "`migrations/v1_10_0/names.patch` of the template at v1.10.0" in text


def test_migrations_alone_have_no_new_version() -> None:
    report = Report("names", "The names stay")
    alone = replace(SESSION, after="v1.1.0", conflicts={}, migrated=[report.as_json()])
    assert describe(alone, CHANGES, [], {}).startswith("# Migrations of template v1.1.0\n")


def test_new_answers_have_no_new_version() -> None:
    text = describe(replace(SESSION, after="v1.1.0", conflicts={}), CHANGES, [], {})
    assert text.startswith("# New answers for template v1.1.0\n")
