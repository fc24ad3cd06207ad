"""Plans are applied completely or not at all, keep the team's work, and are idempotent."""

import stat
from pathlib import Path

import pytest
from aws_service_kit.generate.edits import (
    add_definition,
    add_import,
    add_requirement,
    add_to_constructor,
)
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.plan import Plan

STACK = Path("infrastructure", "stacks", "messaging.py")


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".ruff_cache" not in path.parts
    }


def plan_of(root: Path) -> Plan:
    plan = Plan(root)
    plan.create("src/service/handlers/ship.py", '"""Ship."""\nimport b\nimport a\nx={ 1:2}\n')
    plan.create("tests/unit/handlers/test_ship.py", '"""Ship."""\n')
    plan.edit(
        "infrastructure/stacks/messaging.py",
        add_import("aws_service_kit.constructs.bucket", "Bucket"),
        add_definition('def add_ship(stack):\n    """Ship."""\n'),
        add_to_constructor("MessagingStack", "add_ship(self)"),
        add_requirement("MessagingStack", "reports", "Bucket"),
    )
    plan.next("python3 dev.py check", "python3 dev.py check")
    return plan


def test_a_plan_is_written_and_formatted(service: Path) -> None:
    summary = plan_of(service).apply()

    handler = (service / "src/service/handlers/ship.py").read_text(encoding="utf-8")
    assert handler == '"""Ship."""\n\nimport a\nimport b\n\nx = {1: 2}\n'
    stack = (service / STACK).read_text(encoding="utf-8")
    assert stack.index("constructs.bucket") < stack.index("constructs.environment")
    assert (service / "tests/unit/handlers/__init__.py").is_file()
    assert summary.splitlines() == [
        "  made     src/service/handlers/ship.py  (6 lines)",
        "  made     tests/unit/handlers/test_ship.py  (1 line)",
        "  made     tests/unit/handlers/__init__.py  (0 lines)",
        "  made     tests/unit/__init__.py  (0 lines)",
        "  made     tests/__init__.py  (0 lines)",
        "  changed  infrastructure/stacks/messaging.py",
        "Next:",
        "  python3 dev.py check",
    ]


def test_a_repeated_plan_changes_nothing(service: Path) -> None:
    plan_of(service).apply()
    before = files(service)

    summary = plan_of(service).apply()

    assert files(service) == before
    assert "Nothing to change: everything exists already." in summary
    assert "made " not in summary
    assert "changed " not in summary


def test_a_dry_run_writes_nothing(service: Path) -> None:
    before = files(service)

    summary = plan_of(service).apply(dry_run=True)

    assert files(service) == before
    assert summary.startswith("Nothing is written. Without --dry-run:")
    assert "made     src/service/handlers/ship.py" in summary


def test_a_file_of_the_team_is_not_overwritten(service: Path) -> None:
    file = service / "tests/unit/handlers/test_ship.py"
    file.parent.mkdir(parents=True)
    file.write_text("# ours\n", encoding="utf-8")
    before = files(service)

    with pytest.raises(GenerateError, match=r"test_ship.py exists with other content, so nothing"):
        plan_of(service).apply()

    assert files(service) == before


@pytest.mark.parametrize("thing", ["folder", "broken link"])
def test_an_existing_folder_or_link_is_not_overwritten(service: Path, thing: str) -> None:
    file = service / "src/service/handlers/ship.py"
    if thing == "folder":
        file.mkdir(parents=True)
    else:
        file.parent.mkdir(parents=True)
        file.symlink_to("elsewhere.py")

    with pytest.raises(GenerateError, match="exists with other content"):
        plan_of(service).apply()


def test_a_failed_write_is_rolled_back(service: Path) -> None:
    """That a folder can't be created is known only while writing."""
    (service / "tests").write_text("a file, and no folder", encoding="utf-8")
    before = files(service)

    with pytest.raises(GenerateError, match=r"tests.* can't be .*"):
        plan_of(service).apply()

    assert files(service) == before
    assert not (service / "src/service/handlers").exists()


def test_an_edit_keeps_mode_and_line_ends(service: Path) -> None:
    file = service / STACK
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    file.chmod(0o755)

    plan_of(service).apply()

    content = file.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o755


def test_an_unformatted_file_keeps_its_format(service: Path) -> None:
    file = service / STACK
    text = file.read_text(encoding="utf-8") + "\nODD = { 'a' :1 }\n"
    file.write_text(text, encoding="utf-8")

    plan_of(service).apply()

    remaining = iter(file.read_text(encoding="utf-8").splitlines())
    assert not [line for line in text.splitlines() if line not in remaining]


def test_lines_without_a_place_are_printed(service: Path) -> None:
    plan = Plan(service)
    plan.edit(
        STACK.as_posix(), add_to_constructor("OtherStack", "add_ship(\n    self\n)", ["self.api"])
    )

    assert plan.apply().splitlines() == [
        "  Nothing to change: everything exists already.",
        "  insert by hand: infrastructure/stacks/messaging.py, at the end of OtherStack.__init__ "
        "(the file has no class OtherStack)",
        "      add_ship(",
        "          self",
        "      )",
    ]


def test_a_shared_file_is_created_by_the_first_command(service: Path) -> None:
    path = "src/service/handlers/contract.py"
    for name in ("A", "B"):
        plan = Plan(service)
        code = f'class {name}:\n    """{name}."""\n'
        plan.edit(path, add_definition(code), start='"""The contract."""\n')
        plan.apply()

    assert (service / path).read_text(encoding="utf-8") == (
        '"""The contract."""\n\n\nclass A:\n    """A."""\n\n\nclass B:\n    """B."""\n'
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"def f(:\n", "messaging.py, line 1, isn't Python: fix it first"),
        (b"<<<<<<< HEAD\n", "messaging.py, line 1, isn't Python: fix it first"),
        (b"x = '\xff'\n", "messaging.py can't be read"),
        (None, "messaging.py is missing"),
    ],
)
def test_a_file_that_cannot_be_edited_is_reported(
    service: Path, content: bytes | None, message: str
) -> None:
    file = service / STACK
    file.unlink()
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(GenerateError) as error:
        Plan(service).edit(STACK.as_posix(), add_import("a", "B"))

    assert message in str(error.value)
    assert "\n" not in str(error.value)
