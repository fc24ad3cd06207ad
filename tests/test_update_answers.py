"""Answers in an update are accepted, or rejected with a one-line message."""

from __future__ import annotations

import pytest

from tests import exhaustive
from tests.laptop_settings import BRANCH, Desk, Row, snapshot
from tests.programs import git

FILE = "answers.yml"
TWELVE = "'dev_account': Twelve digits, such as 012345678901"
KNOWN = "for nope: it asks for service_name, description, owner_team"
REJECTIONS = {
    "an answer": ({"dev_account": "123"}, (), TWELVE),
    "an answer in a file": ('dev_account: "123"', (), TWELVE),
    "a choice": ("api_authentication: nope", (), "'nope' is not in ['iam', 'cognito']"),
    "a stack": ("stacks: [nope]", (), "'nope' is not in ['api', 'messaging'"),
    "no list": ({"stacks": "api"}, (), "stacks takes a list such as [a, b], not 'api'."),
    "no list in a file": ("stacks: 5", (), "stacks takes a list such as [a, b], not 5."),
    "another scaffold": ({"scaffold": "empty"}, (), "sample: python3 dev.py remove-sample."),
    "another scaffold in a file": ("scaffold: empty", (), "python3 dev.py remove-sample"),
    "a list": ("owner_team: [a]", (), "owner_team takes one value, not ['a']."),
    "an unknown name": ({"nope": "1"}, (), KNOWN),
    "an unknown name in a file": ("nope: 1", (), KNOWN),
    "a near name": ({"ownr_team": "x"}, (), "for ownr_team: did you mean owner_team?"),
    "a setting of the organisation": (
        {"organisation_settings": "{}"},
        (),
        "for organisation_settings: did you mean organisation?",
    ),
    "no value": (None, ("--data", "owner_team"), "--data owner_team: write it as NAME=VALUE."),
    "nothing": (None, ("--data",), "argument -d/--data: expected one argument."),
    "no YAML": ("a: [", (), "answers.yml isn't YAML: while parsing a flow node expected the"),
    "no text": (b"a: \xff", (), "answers.yml isn't YAML: 'utf-8' codec can't decode byte 0xff"),
    "no answers": ("- a", (), "answers.yml has no answers: write each as `NAME: VALUE`."),
    "an empty file": ("", (), "answers.yml has no answers"),
    "no file": (None, ("--data-file", "nowhere.yml"), "can't be read: No such file or directory"),
    "a folder": (None, ("--data-file", "src"), "src can't be read: Is a directory"),
}


def options(desk: Desk, given: object) -> list[str]:
    """Return the options with answers, from a file if they are a text."""
    if isinstance(given, dict):
        return [f"--data={name}={value}" for name, value in given.items()]
    if given is None:
        return []
    content = given if isinstance(given, bytes) else str(given).encode()
    (desk.folder / FILE).write_bytes(content)
    return [f"--data-file={desk.folder / FILE}"]


@pytest.mark.parametrize(("given", "others", "reason"), REJECTIONS.values(), ids=REJECTIONS)
def test_an_invalid_answer_is_rejected_in_one_line(
    desk: Desk, given: object, others: tuple[str, ...], reason: str
) -> None:
    desk.configure({})
    before = snapshot(desk.service)

    result = desk.update(Row(), "--defaults", *options(desk, given), *others)

    assert result.returncode == 1, result.stdout
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("error: "))
    assert reason in line
    assert "Nothing was changed." in result.stdout
    assert "Traceback" not in result.stdout
    assert "Error: " not in result.stdout
    assert snapshot(desk.service) == before
    desk.assert_nothing_is_left()


def test_an_unknown_option_is_rejected_by_copier(desk: Desk) -> None:
    desk.configure({})
    before = snapshot(desk.service)
    result = desk.update(Row(), "--defaults", "--foo")
    assert result.returncode == 1
    assert "Unknown switch --foo" in result.stdout
    assert result.stdout.endswith("failed: see above\nNothing was changed.\n")
    assert snapshot(desk.service) == before
    desk.assert_nothing_is_left()


def test_answers_of_the_command_line_override_those_of_a_file(desk: Desk) -> None:
    desk.configure({})
    # The answers answers of another service may be such a file.
    text = "_commit: v1.0.0\nowner_team: orders\ncost_center: '0123'\nstacks: [api]\n"
    command = ["--data=owner_team=payments", *options(desk, text)]
    result = desk.update(Row(), "--defaults", *command)
    assert result.returncode == 0, result.stdout
    answers = git(desk.service, "show", f"{BRANCH}:.copier-answers.yml")
    for line in ("owner_team: payments\n", "cost_center: '0123'\n", "stacks:\n- api\n"):
        assert line in answers


@exhaustive.MARK
@pytest.mark.parametrize("how", [("--ff-only",), ("--squash",)], ids=["merged", "squashed"])
def test_an_update_after_its_branch_was_merged_works(desk: Desk, how: tuple[str, ...]) -> None:
    """The same version with other answers makes another branch."""
    desk.configure({})
    result = desk.update(Row(), "--defaults", "--data=owner_team=payments")
    assert result.returncode == 0, result.stdout
    git(desk.service, "merge", "--quiet", *how, BRANCH)
    if git(desk.service, "status", "--porcelain"):
        git(desk.service, "commit", "--quiet", "--message", "Squashed")

    result = desk.update(Row(), "--defaults", "--data=owner_team=orders")

    assert result.returncode == 0, result.stdout
    answers = git(desk.service, "show", f"{BRANCH}-2:.copier-answers.yml")
    assert "owner_team: orders\n" in answers

    git(desk.service, "merge", "--quiet", f"{BRANCH}-2")
    assert "Nothing to do" in desk.update(Row(), "--defaults").stdout
    asked = desk.update(Row(), "--defaults", "--ask=dev_*")
    assert (asked.returncode, "Nothing to do" in asked.stdout) == (1, False)
    assert "There is no terminal to ask questions" in asked.stdout


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ((), "add --defaults"),
        (("--pretend",), "add --defaults"),
        (("--ask=dev_*", "--defaults"), "leave out --ask"),
        (("--ask", "dev_*", "-A"), "leave out --ask"),
    ],
)
def test_without_a_terminal_questions_are_rejected_before_the_release_is_fetched(
    desk: Desk, given: tuple[str, ...], remedy: str
) -> None:
    desk.configure({})
    result = desk.update(Row(launched=True), "--vcs-ref=there-is-no-such-version", *given)
    assert result.returncode == 1
    (line,) = result.stdout.splitlines()
    assert line.startswith(f"error: There is no terminal to ask questions: {remedy}")
    desk.assert_nothing_is_left()
