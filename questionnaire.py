"""Ask the questions of a new service, and write the answers for Copier.

Copier asks each question once, without a way back. This program shows a summary in which the user
can change every answer before the service is created. `python3 dev.py new` runs it.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import copier
import questionary
import yaml
from aws_service_kit.update import answers as options_with_answers
from aws_service_kit.update.errors import UpdateError
from copier._cli import CopierCopySubApp
from copier._template import filter_config, load_template_config
from copier.errors import CopierError
from jinja2 import Environment
from plumbum.cli.switches import SwitchError

from extensions.aws import MAX_RESOURCE_NAME, is_resource_name
from extensions.naming import slug

ROOT = Path(__file__).resolve().parent
# The files that Copier needs to ask. The only file that it renders is the one with the answers.
QUESTIONS = ("copier.yml", "organisation.yml", "CHANGELOG.md")
RENDERED = "{{_copier_conf.answers_file}}.jinja"
ANSWERS = ".copier-answers.yml"
NAME = "service_name"
CREATE = "Create the service"
# Copier's message on an answer.
REJECTED = re.compile(r"Validation error for question '(\w+)': (.+)", re.DOTALL)
INTERRUPTED = 130

Answers = dict[str, Any]


class Questionnaire:
    """The questions of the template, without its files.

    Args:
        template: A copy of the questions.
        folder: A folder for files with answers.
        proposed: Default answers, which override those of the questions.
    """

    def __init__(self, template: Path, folder: Path, proposed: Mapping[str, Any]) -> None:
        self.template = template
        self.folder = folder
        self.proposed = dict(proposed)
        _, self.questions = filter_config(load_template_config(template / "copier.yml"))

    def collect(self, given: Answers, *, defaults: bool = True, ask: Sequence[str] = ()) -> Answers:
        """Return the answers that a service would store.

        Args:
            given: Answers whose questions aren't asked.
            defaults: Whether other questions take their defaults.
            ask: Questions to ask in any case.

        Raises:
            ValueError: An answer is rejected.
        """
        service = Path(tempfile.mkdtemp(dir=self.folder))
        copier.run_copy(
            str(self.template),
            service,
            data=given,
            user_defaults=self.proposed,
            defaults=defaults,
            ask=ask,
            quiet=True,
            unsafe=True,
        )
        recorded: Answers = yaml.safe_load((service / ANSWERS).read_text(encoding="utf-8"))
        asked = (name for name, each in self.questions.items() if each.get("ask") is not False)
        return {name: recorded[name] for name in asked if name in recorded}

    def is_asked(self, name: str, answers: Answers) -> bool:
        """Return whether a new service's questionnaire contains a question, given the answers."""
        condition = self.questions[name].get("ask", True)
        context = {**answers, "made_from": ""}
        return (
            str(Environment(autoescape=True).from_string(str(condition)).render(context)) == "True"
        )

    def unanswered(self, given: Answers) -> list[str]:
        """Return the questions that would be asked."""
        answers = self.collect(given)
        return [name for name in answers if self.is_asked(name, answers) and name not in given]

    def complete(self, given: Answers, ask: Sequence[str] = ()) -> Answers:
        """Ask the other questions, then let the user change answers until all are right.

        Raises:
            KeyboardInterrupt: The user gives up.
        """
        answers = self.collect(given, defaults=False, ask=ask)
        known = {
            **given,
            **{name: answers[name] for name in answers if self.is_asked(name, answers)},
        }
        while (changed := choose(answers)) != CREATE:
            others = {name: value for name, value in known.items() if name != changed}
            self.proposed[changed] = answers[changed]
            answers, asked = self.collect_again(others, changed)
            known = {name: answers[name] for name in (*others, *asked) if name in answers}
        return answers

    def collect_again(self, others: Answers, changed: str) -> tuple[Answers, list[str]]:
        """Ask a question again, and those whose answers are rejected because of the new one.

        Args:
            others: The other answers, from which the rejected ones are removed.
            changed: The question.

        Returns:
            The answers, and the questions that were asked.
        """
        asked = [changed]
        while True:
            try:
                return self.collect(others, ask=asked), asked
            except ValueError as error:
                rejected = REJECTED.match(str(error))
                if rejected is None or rejected[1] not in others:
                    raise
                sys.stderr.write(f"{rejected[1]}: {rejected[2]}\n")
                del others[rejected[1]]
                asked.append(rejected[1])


def choose(answers: Answers) -> str:
    """Show the answers, and return the question to ask again, or `CREATE`.

    Raises:
        KeyboardInterrupt: The user gives up.
    """
    width = max(map(len, answers)) + 2
    choices = [
        questionary.Choice(CREATE),
        *(
            questionary.Choice(f"{name:<{width}}{shown(value)}", value=name)
            for name, value in answers.items()
        ),
    ]
    message = "Is everything right? Choose an answer to change it."
    chosen: str = questionary.select(message, choices, qmark="", instruction=" ").unsafe_ask()
    return chosen


def shown(value: object) -> str:
    """Return an answer as one line."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "(none)"
    return str(value) or "(none)"


def proposed_name(folder: Path) -> str | None:
    """Return the name for a service in a folder: `../My Orders` makes `my-orders`."""
    name = slug(folder.resolve().name).lstrip("0123456789-")[:MAX_RESOURCE_NAME].rstrip("-")
    return name if is_resource_name(name) and not name.startswith(("aws", "ssm")) else None


@contextmanager
def questionnaire(proposed: Mapping[str, Any]) -> Iterator[Questionnaire]:
    """Copy the questions to a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name, "questions")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "extensions", copy / "extensions", ignore=ignored)
        (copy / "template").mkdir()
        for file in QUESTIONS:
            shutil.copy(ROOT / file, copy)
        shutil.copy(ROOT / "template" / RENDERED, copy / "template")
        folder = Path(name, "services")
        folder.mkdir()
        yield Questionnaire(copy, folder, proposed)


def completed(folder: Path, options: Sequence[str]) -> tuple[Answers, list[str]]:
    """Ask the questions that the options don't answer.

    Args:
        folder: The service's folder.
        options: Options of `copier copy`.

    Returns:
        The answers, and Copier's other options.

    Raises:
        UpdateError: An option is unknown, an answer can't be read, or there are further questions
            and no terminal.
        ValueError: An answer is rejected.
        KeyboardInterrupt: The user gives up.
    """
    others, given = options_with_answers.read(options, ROOT)
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-l", "--defaults", action="store_true")
    parser.add_argument("-f", "--force", action="store_true")
    parser.add_argument("--ask", action="append", default=[])
    asked, others = parser.parse_known_args(others)
    others += ["--overwrite"] if asked.force else []
    reject_unknown(others)
    name = proposed_name(folder)
    with questionnaire({NAME: name} if name else {}) as questions:
        left = [] if asked.defaults or asked.force else questions.unanswered(given)
        left += asked.ask
        if not left:
            return questions.collect(given), others
        if not sys.stdin.isatty():
            raise UpdateError(
                "Without a terminal, no question can be asked: add --defaults, or answer "
                f"{', '.join(left)} by --data or --data-file."
            )
        return questions.complete(given, asked.ask), others


def reject_unknown(options: Sequence[str]) -> None:
    """Reject options that Copier doesn't have.

    Raises:
        UpdateError: An option is unknown, or lacks its value.
    """
    command = CopierCopySubApp("copier copy")
    try:
        command._parse_args(list(options))
    except SwitchError as error:
        known = ["--defaults", "--force", "--ask", "--data", "--data-file"]
        known += [f"--{name}" for name in command._switches_by_name if len(name) > 1]
        given = (each.partition("=")[0] for each in options if each not in known)
        near = (difflib.get_close_matches(each, known, n=1) for each in given if each[:1] == "-")
        meant = next(filter(None, near), [])
        hint = f"did you mean {meant[0]}?" if meant else "see python3 dev.py new --help"
        raise UpdateError(f"{error}: {hint}") from None


def main(arguments: Sequence[str]) -> int:
    """Complete the answers in Copier's options, and return the exit code.

    Args:
        arguments: The service's folder, the file to write, then options of `copier copy`. The file
            gets the answers and Copier's other options, as JSON.
    """
    folder, file, *options = arguments
    try:
        answers, others = completed(Path(folder), options)
    except (KeyboardInterrupt, EOFError):
        return INTERRUPTED
    except (UpdateError, CopierError, ValueError, TypeError) as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return 1
    Path(file).write_text(json.dumps({"answers": answers, "options": others}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
