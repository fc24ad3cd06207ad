"""The answers of an update: `--data NAME=VALUE` and `--data-file FILE`."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from copier._template import filter_config, load_template_config

from aws_service_kit.update.errors import (
    NO_TERMINAL,
    NO_TERMINAL_FOR_ASK,
    UNTOUCHED,
    UpdateError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUESTIONS = "copier.yml"
SCAFFOLD = "scaffold"
STACKS = "stacks"
# Every service has this stack, so it isn't a choice.
ALWAYS = "storage"
# The scaffold of services made before 2.2.0, which didn't ask for it.
SAMPLE = "sample"
# The user's working directory. The task runner sets this variable before it changes to the
# service's folder.
HERE = Path(os.environ.get("POE_PWD", ""))


def read(
    options: Sequence[str], template: Path, recorded: Mapping[str, Any] | None = None
) -> tuple[list[str], dict[str, Any]]:
    """Read the answers from the options, and reject answers to unknown questions.

    Copier validates the values.

    Args:
        options: The user's options.
        template: A clone of the template with the release checked out.
        recorded: The answers in `.copier-answers.yml`; None for a new service.

    Returns:
        The other options, and the answers. Those of `--data` are texts and override the file's.

    Raises:
        UpdateError: An answer or a file can't be read. Nothing was changed.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-d", "--data", action="append", default=[])
    parser.add_argument("--data-file", type=Path)
    try:
        given, others = parser.parse_known_args(options)
    except argparse.ArgumentError as error:
        raise UpdateError(f"{error}. {UNTOUCHED}") from None
    answers = _file(HERE / given.data_file) if given.data_file else {}
    for each in given.data:
        name, equals, value = each.partition("=")
        if not equals:
            raise UpdateError(f"--data {each}: write it as NAME=VALUE. {UNTOUCHED}")
        answers[name] = value
    _, read_questions = filter_config(load_template_config(template / QUESTIONS))
    # Copier computes the organisation's answers: it doesn't ask for them or save them.
    questions = {
        name: question
        for name, question in read_questions.items()
        if question.get("when") is not False
    }
    for name, answer in answers.items():
        _reject(name, answer, questions)
    if recorded is not None:
        _reject_another_scaffold(answers, recorded)
    return others, answers


def asks(options: Sequence[str]) -> bool:
    """Return whether Copier asks questions that were answered before.

    Args:
        options: The user's options.

    Raises:
        UpdateError: It does, and there is no terminal. Nothing was changed.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-l", "-f", "--defaults", action="store_true")
    parser.add_argument("-A", "--skip-answered", action="store_true")
    parser.add_argument("--ask", action="append")
    try:
        given, _ = parser.parse_known_args(options)
    except argparse.ArgumentError as error:
        raise UpdateError(f"{error}. {UNTOUCHED}") from None
    asked = bool(given.ask) or not (given.defaults or given.skip_answered)
    if asked and not sys.stdin.isatty():
        raise UpdateError(f"{NO_TERMINAL_FOR_ASK if given.ask else NO_TERMINAL} {UNTOUCHED}")
    return asked


def _file(path: Path) -> dict[str, Any]:
    """Read a file of answers, without the keys that Copier adds, such as `_commit`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UpdateError(f"{path} can't be read: {error.strerror}. {UNTOUCHED}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UpdateError(f"{path} isn't YAML: {reason}. {UNTOUCHED}") from None
    if not isinstance(content, dict):
        raise UpdateError(f"{path} has no answers: write each as `NAME: VALUE`. {UNTOUCHED}")
    return {name: answer for name, answer in content.items() if not str(name).startswith("_")}


def _reject(name: str, answer: object, questions: Mapping[str, Mapping[str, Any]]) -> None:
    """Reject an answer to an unknown question, a value instead of a list, and the reverse."""
    if name not in questions:
        near = difflib.get_close_matches(str(name), questions, n=1)
        known = f"did you mean {near[0]}?" if near else f"it asks for {', '.join(questions)}."
        raise UpdateError(f"The template doesn't ask for {name}: {known} {UNTOUCHED}")
    if questions[name].get("multiselect"):
        chosen = _parsed(answer)
        if not isinstance(chosen, list):
            raise UpdateError(f"{name} takes a list such as [a, b], not {answer!r}. {UNTOUCHED}")
        if name == STACKS and ALWAYS in chosen:
            raise UpdateError(
                f"Every service has the stack {ALWAYS}: leave it out of {name}. {UNTOUCHED}"
            )
    elif questions[name]["type"] == "str" and not isinstance(answer, (str, int, float)):
        raise UpdateError(f"{name} takes one value, not {answer!r}. {UNTOUCHED}")


def _reject_another_scaffold(given: Mapping[str, Any], recorded: Mapping[str, Any]) -> None:
    """Reject another scaffold: an update never changes the team's files."""
    scaffold = recorded.get(SCAFFOLD, SAMPLE)
    if given.get(SCAFFOLD, scaffold) != scaffold:
        raise UpdateError(
            f"The scaffold of this service is {scaffold} and can't be changed. To remove the "
            f"sample: python3 dev.py remove-sample. {UNTOUCHED}"
        )


def _parsed(answer: object) -> object:
    """Read a text as YAML, as Copier does."""
    try:
        return yaml.safe_load(answer) if isinstance(answer, str) else answer
    except yaml.YAMLError:
        return answer
