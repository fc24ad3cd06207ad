"""The questions of `copier.yml`: accepted, rejected and recorded answers, and rendered files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml
from copier._template import filter_config, load_template_config
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from extensions.embedding import is_one_line
from questionnaire import CREATE, INTERRUPTED, proposed_name
from questionnaire import main as questionnaire_main
from questionnaire import questionnaire as questionnaire_of
from tests import exhaustive
from tests.answers import ANSWER_SETS, DEFAULTS, HOSTILE_TEXTS, ORGANISATION, Answers
from tests.conftest import Render
from tests.programs import ROOT
from tests.releases import RELEASES, VERSION, commit_of
from tests.team_services import answers_of, generate

SETTINGS: dict[str, Any]
QUESTIONS: dict[str, dict[str, Any]]
SETTINGS = {
    name: value
    for name, value in load_template_config(ROOT / "copier.yml").items()
    if name.startswith("_")
}
_, QUESTIONS = filter_config(load_template_config(ROOT / "copier.yml"))
ASKED = {
    name: value
    for name, value in QUESTIONS.items()
    if value.get("ask", True) and value.get("when") is not False
}
TOOLBAR = 45
"""Characters of a message that a terminal of 80 columns shows after Copier's text."""

NAME = "a-z, 0-9, single hyphens; a letter first"
SLUG = "Lower-case letters, digits, single hyphens"
TAG = "Only letters (no accents), digits, _.:/=+-@"
SPACES = "No spaces at the beginning or the end"
EMAIL = "An address such as team@example.com"
ACCOUNT = "Twelve digits, such as 012345678901"
REGION = "An AWS region such as us-east-1"
BUDGET = "A whole number from 1 to 999999999"
DOMAIN = "A domain such as orders.example.com"
ZONE = "A domain such as example.com"
ZONE_ID = "Z and capital letters or digits"
# Answers that the questions about a zone need.
WITH_A_DOMAIN = {"api_domain": "orders.example.com", "api_zone_id": "Z0123456789ABC"}
# The questions for a new service by default; the budget is asked with finops.
FIRST_HOUR = (
    "service_name",
    "description",
    "owner_team",
    "cost_center",
    "stacks",
    "scaffold",
    "api_authentication",
)
ONE_LINE = "One line without control characters"
IN_QUOTES = "In quotes, please: YAML made a number of it"

REJECTED: list[tuple[str, object, str]] = [
    *[
        (name, yaml.safe_load(text), IN_QUOTES)
        for name in ("description", "organisation", "owner_team", "cost_center")
        for text in ("0123", "1_000", "1.10", "190:20:30", "yes")
    ],
    ("service_name", "", NAME),
    ("service_name", "Processing", NAME),
    ("service_name", "1st", NAME),
    ("service_name", "a--b", NAME),
    ("service_name", "a-", NAME),
    ("service_name", "a_b", NAME),
    ("service_name", "ação", NAME),
    ("service_name", "requests\n", NAME),
    ("service_name", "../../etc", NAME),
    ("service_name", "/etc/passwd", NAME),
    ("service_name", "..", NAME),
    ("service_name", "c:\\windows", NAME),
    ("service_name", "s" * 33, "At most 32 characters"),
    ("service_name", "aws-thing", "Must not begin with aws or ssm"),
    ("service_name", "ssm", "Must not begin with aws or ssm"),
    ("service_name", ["a"], "Could not convert ['a'] to string"),
    ("service_name", None, 'to question "service_name"'),
    ("description", "", "1 to 200 characters"),
    ("description", "x" * 201, "1 to 200 characters"),
    ("description", " ", "No spaces at the beginning or the end"),
    ("description", "\u00a0x", "No spaces at the beginning or the end"),
    *[
        ("description", f"a{character}b", ONE_LINE)
        for character in (
            *"\0\a\t\n\r\x0b\x1b\x7f\x80\x85\x9f",
            *"\u2028\u2029\u202e\ud800\udcff\ufeff\uffff",
        )
    ],
    ("description", "trailing\n", ONE_LINE),
    ("description", ["a", "b"], "Could not convert ['a', 'b'] to string"),
    ("description", {"a": 1}, "Could not convert {'a': 1} to string"),
    ("organisation", "", SLUG),
    ("organisation", "Data Metria", SLUG),
    ("organisation", "../x", SLUG),
    ("organisation", "-x", SLUG),
    ("organisation", "x\n", SLUG),
    ("organisation", "o" * 40, "At most 39 characters"),
    *[
        (question, value, message)
        for question in ("owner_team", "cost_center")
        for value, message in [
            ("", "1 to 64 characters"),
            (" x", SPACES),
            ("x\n", SPACES),
            ("R&D", TAG),
            ("a,b", TAG),
            ("Operações", TAG),
            ("aws:x", "Must not begin with aws:"),
            ("AWS:x", "Must not begin with aws:"),
            ("x" * 65, "1 to 64 characters"),
        ]
    ],
    ("owner_team", "--", "At least one letter or digit"),
    *[
        (question, value, EMAIL)
        for question in ("contact_email", "alarm_email")
        for value in ("", "team", "team@example", "a b@example.com", "a@example.com\n", "é@x.com")
    ],
    ("stacks", ["api", "nope"], "Invalid choice for 'stacks': 'nope' is not in ['api', "),
    ("stacks", ["storage"], "Invalid choice for 'stacks': 'storage' is not in ['api', "),
    ("stacks", "[nope]", "Invalid choice for 'stacks': 'nope' is not in ['api', "),
    ("stacks", "api", "Not a YAML list: 'api'"),
    ("stacks", 5, "not iterable"),
    ("api_authentication", "none", "'none' is not in ['iam', 'cognito']"),
    *[
        (f"{environment}_account", value, ACCOUNT)
        for environment in ("dev", "staging", "prod")
        for value in (
            "",
            "12345678901",
            "1234567890123",
            "123456789012\n",
            " 123456789012",
            "1234-5678-9012",
            "٠١٢٣٤٥٦٧٨٩٠١",
            yaml.safe_load("012345670123"),  # an octal number
        )
    ],
    *[
        (f"{environment}_region", value, REGION)
        for environment in ("dev", "staging", "prod")
        for value in ("", "us-east-9", "US-EAST-1", "us-east-1\n", "us-east-1a", "../us-east-1")
    ],
    *[
        ("api_domain", value, DOMAIN)
        for value in (
            "example",
            "Orders.example.com",
            "orders.example.com.",
            "*.example.com",
            "https://orders.example.com",
            "orders.example.com/v1",
            "orders.example.com\n",
            "-a.example.com",
            yaml.safe_load("1.10"),
            yaml.safe_load("yes"),
        )
    ],
    ("api_domain", f"{'a' * 60}.example.com", "At most 64 characters"),
    *[
        ("api_zone_name", value, ZONE)
        for value in ("com", "Example.com", "example.com.", "/hostedzone/Z1")
    ],
    *[
        ("api_zone_name", value, "The domain isn't in this zone")
        for value in ("example.org", "ample.com", "a.orders.example.com", "")
    ],
    *[("api_zone_id", value, ZONE_ID) for value in ("", "/hostedzone/Z1", "z1", "Z1\n", "Z" * 33)],
    ("lambda_runtime", "python3.10", "'python3.10' is not in ['python3.13', 'python3.14']"),
    ("lambda_runtime", 3.14, "'3.14' is not in ['python3.13', 'python3.14']"),
    ("encryption", "kms", "'kms' is not in ['aws', 'customer']"),
    ("architecture", "arm", "'arm' is not in ['arm64', 'x86_64']"),
    ("kit", "pip", "'pip' is not in ['vendored', 'git']"),
    *[
        ("monthly_budget_usd", value, BUDGET)
        for value in (0, "0", -1, 99.9, True, "", "1e3", "\u0661", 10**9, "100\n", "abc", "010")
    ],
    ("monthly_budget_usd", [100], "Could not convert [100] to string"),
]

ACCEPTED: list[tuple[str, object, object]] = [
    ("service_name", "s" * 32, "s" * 32),
    ("service_name", "a1-2b", "a1-2b"),
    ("description", "x", "x"),
    ("stacks", ["api", "api"], ["api"]),
    ("stacks", "[api]", ["api"]),
    ("dev_account", 123456789012, "123456789012"),
    ("prod_account", "012345670123", "012345670123"),
    ("prod_region", "sa-east-1", "sa-east-1"),
    ("monthly_budget_usd", 250, "250"),
]

DESCRIPTIONS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=200
).filter(lambda text: is_one_line(text) and text == text.strip())


def answer(source: Path, destination: Path, answers: Answers) -> Path:
    """Copy with given answers; return the new folder."""
    copier.run_copy(
        str(source), destination, data=dict(answers), defaults=True, unsafe=True, quiet=True
    )
    return destination


def recorded(service: Path) -> dict[str, Any]:
    """Return the recorded answers, without Copier's entries."""
    text = (service / ".copier-answers.yml").read_text(encoding="utf-8")
    answers: dict[str, Any] = yaml.safe_load(text)
    return {name: value for name, value in answers.items() if not name.startswith("_")}


def configuration(service: Path) -> dict[str, Any]:
    """Return the answers as the service's code reads them."""
    path = service / "infrastructure" / "config" / "answers.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


class TestQuestionnaire:
    @pytest.mark.parametrize("name", ASKED)
    def test_every_question_has_a_type_a_default_and_a_help_with_a_link(self, name: str) -> None:
        question = QUESTIONS[name]
        assert "default" in question
        assert question["type"] == "str"
        lines = question["help"].splitlines()
        assert len(lines) == 3, "what, consequence, link"
        assert max(map(len, lines[:2])) <= 90
        assert re.fullmatch(r"https://\S+", lines[-1])

    @pytest.mark.parametrize("name", [name for name in ASKED if "choices" not in QUESTIONS[name]])
    def test_every_open_question_is_validated_with_messages_that_fit(self, name: str) -> None:
        tree = Environment().parse(QUESTIONS[name]["validator"])  # noqa: S701 - only parsed
        messages = [text.data.strip() for text in tree.find_all(nodes.TemplateData)]
        messages = [message for message in messages if message]
        assert messages
        assert all("\n" not in message and len(message) <= TOOLBAR for message in messages)
        tested = {message for question, _, message in REJECTED if question == name}
        assert set(messages) <= tested, "a message without a rejected answer in the table"

    def test_settings_that_protect_services(self) -> None:
        assert "_tasks" not in SETTINGS
        assert "_migrations" not in SETTINGS
        assert SETTINGS["_envops"] == {"undefined": "jinja2.StrictUndefined"}
        assert SETTINGS["_jinja_extensions"][0] == (
            "copier_template_extensions.TemplateExtensionLoader"
        )

    def test_messages_name_the_next_commands(self) -> None:
        for moment in ("_message_after_copy", "_message_after_update"):
            lines = [line.strip() for line in SETTINGS[moment].splitlines()]
            assert lines.index("python3 dev.py setup") == lines.index("python3 dev.py check") - 1
        assert "git init" in SETTINGS["_message_after_copy"]
        assert "git status" in SETTINGS["_message_after_update"]


class TestAnswers:
    def test_defaults_are_recorded(self, questionnaire: Path, tmp_path: Path) -> None:
        assert recorded(answer(questionnaire, tmp_path / "service", {})) == DEFAULTS
        # Asked with the stack monitoring, or a domain, only.
        others = {"availability_objective", "api_zone_name", "api_zone_id"}
        asked = [name for name, each in QUESTIONS.items() if each.get("when") is not False]
        assert list(DEFAULTS) == [name for name in asked if name not in others]

    @pytest.mark.parametrize(("question", "value", "message"), REJECTED, ids=ascii)
    def test_an_invalid_answer_is_rejected(
        self, questionnaire: Path, tmp_path: Path, question: str, value: object, message: str
    ) -> None:
        service = tmp_path / "service"
        before = WITH_A_DOMAIN if question.startswith("api_zone") else {}
        with pytest.raises((TypeError, ValueError), match=re.escape(message)):
            answer(questionnaire, service, {**before, question: value})
        assert not service.exists()

    @pytest.mark.parametrize(("question", "value", "kept"), ACCEPTED, ids=ascii)
    def test_a_valid_answer_is_accepted(
        self, questionnaire: Path, tmp_path: Path, question: str, value: object, kept: object
    ) -> None:
        service = answer(questionnaire, tmp_path / "service", {question: value})
        assert recorded(service) == {**DEFAULTS, question: kept}

    @pytest.mark.parametrize("name", ANSWER_SETS)
    def test_named_sets_are_recorded(self, questionnaire: Path, tmp_path: Path, name: str) -> None:
        answers = ANSWER_SETS[name]
        service = answer(questionnaire, tmp_path / "service", answers)
        kept = recorded(service)
        assert kept.items() >= answers.items()
        assert kept["alarm_email"] == kept["contact_email"]
        read = configuration(service)
        assert read["service"]["name"] == kept["service_name"]
        assert read["service"]["owner"] == kept["owner_team"]
        assert read["environments"]["prod"]["account"] == kept["prod_account"]
        assert read["finops"] == {"monthly_budget_usd": int(kept["monthly_budget_usd"])}

    def test_authentication_is_asked_with_the_api_only(
        self, questionnaire: Path, tmp_path: Path
    ) -> None:
        service = answer(questionnaire, tmp_path / "service", {"stacks": []})
        assert "api_authentication" not in recorded(service)
        assert configuration(service)["api"] == {"authentication": "iam"}

    def test_a_zone_is_asked_for_with_a_domain_only(
        self, questionnaire: Path, tmp_path: Path
    ) -> None:
        service = answer(questionnaire, tmp_path / "with", WITH_A_DOMAIN)
        # By default the zone of the domain's name without its first label.
        assert recorded(service)["api_zone_name"] == "example.com"
        environments = configuration(service)["environments"]
        assert environments["prod"]["domain"] == {
            "name": "orders.example.com",
            "zone_id": "Z0123456789ABC",
            "zone_name": "example.com",
        }
        assert not any("domain" in environments[name] for name in ("dev", "staging"))
        for answers in ({}, {**WITH_A_DOMAIN, "stacks": []}):
            without = answer(questionnaire, tmp_path / f"without-{len(answers)}", answers)
            assert "api_zone_id" not in recorded(without)
            assert "domain" not in configuration(without)["environments"]["prod"]

    @pytest.mark.parametrize(
        ("answers", "objective"),
        [
            ({"stacks": []}, 99.9),
            ({"stacks": ["monitoring"]}, 99.9),
            ({"stacks": ["monitoring"], "availability_objective": "99"}, 99),
            ({"stacks": ["monitoring"], "availability_objective": "99.95"}, 99.95),
        ],
    )
    def test_the_objective_applies_to_every_environment(
        self, questionnaire: Path, tmp_path: Path, answers: Answers, objective: float
    ) -> None:
        service = answer(questionnaire, tmp_path / "service", answers)
        assert ("availability_objective" in recorded(service)) == bool(answers["stacks"])
        environments = configuration(service)["environments"]
        assert [each["alarms"] for each in environments.values()] == [
            {"slo_availability_percent": objective}
        ] * 3

    @pytest.mark.parametrize("encryption", ["aws", "customer"])
    def test_the_encryption_applies_to_every_environment(
        self, questionnaire: Path, tmp_path: Path, encryption: str
    ) -> None:
        service = answer(questionnaire, tmp_path / "service", {"encryption": encryption})
        environments = configuration(service)["environments"]
        assert {each["encryption"] for each in environments.values()} == {encryption}

    @pytest.mark.parametrize(("stacks", "budget"), [([], "60"), (["vpc"], "150")])
    def test_the_budget_follows_the_stacks(
        self, questionnaire: Path, tmp_path: Path, stacks: list[str], budget: str
    ) -> None:
        kept = recorded(answer(questionnaire, tmp_path / "service", {"stacks": stacks}))
        assert kept["monthly_budget_usd"] == budget

    def test_default_addresses_follow_the_team(self, questionnaire: Path, tmp_path: Path) -> None:
        answers = {"owner_team": f"{'Data Team ' * 6}1"}
        kept = recorded(answer(questionnaire, tmp_path / "service", answers))
        expected = f"{'data-team-' * 6}1@{ORGANISATION['email_domain']}"
        assert (kept["contact_email"], kept["alarm_email"]) == (expected, expected)

    @pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=ascii)
    def test_hostile_descriptions_arrive_intact(
        self, questionnaire: Path, tmp_path: Path, text: str
    ) -> None:
        service = answer(questionnaire, tmp_path / "service", {"description": text})
        assert recorded(service)["description"] == text
        assert configuration(service)["service"]["description"] == text

    @settings(max_examples=25, deadline=None)
    @given(text=DESCRIPTIONS)
    @example(text="a\u200d\ufe0f\u2060b")
    def test_any_description_arrives_intact(self, questionnaire: Path, text: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            service = answer(questionnaire, Path(folder) / "service", {"description": text})
            assert recorded(service)["description"] == text
            assert configuration(service)["service"]["description"] == text


class TestCommandLine:
    """Copier's command line, as people and pipelines run it."""

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "copier", "copy", "--trust", "--defaults", *arguments]
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    def test_answers_are_read_from_a_data_file(self, questionnaire: Path, tmp_path: Path) -> None:
        data = tmp_path / "answers.yml"
        data.write_text(yaml.safe_dump(dict(ANSWER_SETS["hostile"])), encoding="utf-8")
        result = self.run("--data-file", data, questionnaire, tmp_path / "service")
        assert result.returncode == 0, result.stderr
        assert recorded(tmp_path / "service").items() >= ANSWER_SETS["hostile"].items()
        said = [line.strip() for line in result.stderr.splitlines()]
        assert said.index("python3 dev.py setup") == said.index("python3 dev.py check") - 1

    def test_a_rejection_ends_with_one_clear_line(
        self, questionnaire: Path, tmp_path: Path
    ) -> None:
        data = tmp_path / "answers.yml"
        data.write_text("dev_account: 012345670123\n", encoding="utf-8")
        result = self.run("--data-file", data, questionnaire, tmp_path / "service")
        assert result.returncode != 0
        assert result.stderr.splitlines()[-1] == (
            f"ValueError: Validation error for question 'dev_account': {ACCOUNT}"
        )


class TestInteractively:
    @pytest.fixture
    def keyboard(self) -> Iterator[PipeInput]:
        with (
            create_pipe_input() as keyboard,
            create_app_session(input=keyboard, output=DummyOutput()),
        ):
            yield keyboard

    def test_a_question_is_repeated_after_an_invalid_answer(
        self, questionnaire: Path, tmp_path: Path, keyboard: PipeInput
    ) -> None:
        enter, clear, space, down = "\r", "\x15", " ", "\x1b[B"
        typed = {
            "service_name": f"{clear}Wrong_Name{enter}{clear}orders{enter}",
            "description": f'{clear}Says "olá" \\ {{{{ 1 }}}}{enter}',
            "stacks": f"{space}{space}{enter}",
            "api_authentication": f"{down}{enter}",
        }
        keyboard.send_text("".join(typed.get(name, enter) for name in FIRST_HOUR))
        copier.run_copy(str(questionnaire), tmp_path / "service", unsafe=True, quiet=True)
        assert recorded(tmp_path / "service") == {
            **DEFAULTS,
            "service_name": "orders",
            "description": 'Says "olá" \\ {{ 1 }}',
            "api_authentication": "cognito",
        }

    def test_an_update_asks_every_question(
        self, questionnaire: Path, tmp_path: Path, keyboard: PipeInput
    ) -> None:
        """An update asks all questions, with the present answers as defaults."""
        service = answer(questionnaire, tmp_path / "service", {"stacks": []})
        file = service / ".copier-answers.yml"
        file.write_text(f"_commit: v2.1.0\n{file.read_text('utf-8')}", encoding="utf-8")
        asked = [name for name in recorded(service) if name in ASKED]
        others = {"monthly_budget_usd", "scaffold"}
        assert set(asked) > {*others, *FIRST_HOUR} - {"api_authentication"}
        clear, enter = "\x15", "\r"
        typed = {"prod_account": f"{clear}012345678901{enter}"}
        order = [name for name in QUESTIONS if name in set(asked) - others]
        keyboard.send_text("".join(typed.get(name, enter) for name in order))
        copier.run_copy(str(questionnaire), service, unsafe=True, quiet=True, overwrite=True)
        assert recorded(service) == {
            **{name: value for name, value in DEFAULTS.items() if "api" not in name},
            "prod_account": "012345678901",
            "stacks": [],
        }


class TestFirstHour:
    """A new service is asked few questions. The other answers are recorded with their defaults."""

    def test_the_questions_for_a_new_service(self) -> None:
        with questionnaire_of({}) as questions:
            assert questions.unanswered({}) == list(FIRST_HOUR)
            budget = questions.unanswered({"stacks": ["finops"]})
            assert budget == [*FIRST_HOUR[:4], "scaffold", "monthly_budget_usd"]
            everything: dict[str, object] = dict.fromkeys(FIRST_HOUR[:4], "x")
            everything |= {"stacks": [], "scaffold": "empty"}
            assert questions.unanswered(everything) == []

    @pytest.mark.parametrize(
        ("folder", "name"),
        [
            ("orders", "orders"),
            ("My Orders", "my-orders"),
            ("Serviço_de_Pedidos", "servico-de-pedidos"),
            ("2026-orders", "orders"),
            ("o" * 40, "o" * 32),
            ("aws-orders", None),
            ("42", None),
        ],
    )
    def test_the_name_is_proposed_after_the_folder(
        self, tmp_path: Path, folder: str, name: str | None
    ) -> None:
        assert proposed_name(tmp_path / folder) == name

    def test_every_answer_can_be_changed_before_the_service_is_created(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Default answers follow the answers that they depend on. Others are unchanged.

        Requested in https://github.com/copier-org/copier/issues/1490.
        """
        clear, enter = "\x15", "\r"
        chosen = iter(["owner_team", "dev_region", "stacks", CREATE])
        monkeypatch.setattr("questionnaire.choose", lambda _: next(chosen))
        finops = "\x1b[B" * 5 + " "
        with (
            questionnaire_of({"service_name": "invoices"}) as questions,
            create_pipe_input() as keyboard,
            create_app_session(input=keyboard, output=DummyOutput()),
        ):
            keyboard.send_text(f"{enter * 6}{clear}@acme/money{enter}")
            keyboard.send_text(f"{clear}nowhere{enter}{clear}sa-east-1{enter}{finops}{enter}")
            answers = questions.complete({"cost_center": "0123"})
        changed = {
            "service_name": "invoices",
            "owner_team": "@acme/money",
            "organisation": "acme",
            "cost_center": "0123",
            "contact_email": f"money@{ORGANISATION['email_domain']}",
            "alarm_email": f"money@{ORGANISATION['email_domain']}",
            "dev_region": "sa-east-1",
            "stacks": ["api", "finops"],
        }
        expected = {**DEFAULTS, **changed}
        assert answers == {name: expected[name] for name in answers}
        assert set(DEFAULTS) - set(answers) <= {"named_stacks"}

    def test_an_answer_that_no_longer_matches_is_asked_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clear, enter = "\x15", "\r"
        chosen = iter(["api_domain", CREATE])
        monkeypatch.setattr("questionnaire.choose", lambda _: next(chosen))
        with (
            questionnaire_of({}) as questions,
            create_pipe_input() as keyboard,
            create_app_session(input=keyboard, output=DummyOutput()),
        ):
            keyboard.send_text(f"{enter * 7}{enter}{clear}a.example.org{enter}")
            keyboard.send_text(f"{clear}a.example.org{enter}{enter}")
            answers = questions.complete({**WITH_A_DOMAIN})
        zone = answers["api_domain"], answers["api_zone_name"], answers["api_zone_id"]
        assert zone == ("a.example.org", "example.org", "Z0123456789ABC")

    def test_an_interrupted_questionnaire_creates_no_service(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        for keys in ("\x03", "\r" * len(FIRST_HOUR) + "\x03"):
            with (
                create_pipe_input() as keyboard,
                create_app_session(input=keyboard, output=DummyOutput()),
            ):
                keyboard.send_text(keys)
                folder = str(tmp_path / "service"), str(tmp_path / "answers.json")
                assert questionnaire_main(folder) == INTERRUPTED
        assert list(tmp_path.iterdir()) == []

    def test_an_update_keeps_every_answer(self, questionnaire: Path, tmp_path: Path) -> None:
        """Answers to questions that a new service isn't asked are kept too."""
        given = {**ANSWER_SETS["environments"], "stacks": [], "monthly_budget_usd": "77"}
        service = answer(questionnaire, tmp_path / "service", given)
        before = recorded(service)
        copier.run_copy(
            str(questionnaire), service, defaults=True, unsafe=True, overwrite=True, quiet=True
        )
        assert recorded(service) == before
        assert before.items() >= given.items()

    @exhaustive.MARK
    @pytest.mark.parametrize("version", [*RELEASES, VERSION])
    def test_a_service_of_an_earlier_release_keeps_every_answer(
        self, releases: Path, questionnaire: Path, tmp_path: Path, version: str
    ) -> None:
        """Answers to removed questions, or to questions of other stacks, are kept too."""
        if commit_of(version) is None:
            pytest.skip(f"this clone's history lacks {version}: git fetch --unshallow")
        given = {**ANSWER_SETS["environments"], "stacks": [], "monthly_budget_usd": "77"}
        old = generate(releases, f"v{version}", tmp_path / "old", given)
        before = answers_of(old)
        assert before.items() >= given.items()
        service = answer(questionnaire, tmp_path / "service", {})
        shutil.copy(old / ".copier-answers.yml", service)
        copier.run_copy(
            str(questionnaire), service, defaults=True, unsafe=True, overwrite=True, quiet=True
        )
        assert recorded(service).items() >= before.items()


class TestPaths:
    def test_leftovers_of_tools_are_not_rendered(
        self, template_source: Path, render: Render, tmp_path: Path
    ) -> None:
        source = tmp_path / "template"
        shutil.copytree(template_source, source)
        root = source / "template"
        folders = [
            "src/service/__pycache__",
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".hypothesis",
            ".venv",
            "node_modules",
            "infrastructure/cdk.out",
        ]
        leftovers = [*(f"{folder}/leftover" for folder in folders), ".coverage", "uv.lock"]
        for leftover in leftovers:
            (root / leftover).parent.mkdir(parents=True, exist_ok=True)
            (root / leftover).write_text("leftover\n", encoding="utf-8")
        service = render({}, source=source)
        assert [path for path in leftovers if (service / path).exists()] == []
        assert [folder for folder in folders if (service / folder).exists()] == []
        assert (service / ".coveragerc").exists()

    @pytest.mark.parametrize(
        ("operation", "previous", "stacks", "scaffolded"),
        [
            ("copy", {}, ["api"], True),
            ("copy", {}, [], False),
            ("update", {"stacks": ["api"]}, ["api"], False),
            ("update", {"stacks": []}, ["api"], True),
            ("update", {"stacks": ["api"]}, [], False),
            ("update", {}, ["api"], False),
            ("update", {}, [], False),
        ],
    )
    def test_a_newly_chosen_stack_is_scaffolded(
        self,
        operation: str,
        previous: dict[str, list[str]],
        stacks: list[str],
        scaffolded: bool,
    ) -> None:
        source = next(entry for entry in SETTINGS["_exclude"] if "\n" in entry)
        excluded = (
            Environment(autoescape=True)
            .from_string(source)
            .render(
                _copier_operation=operation, _external_data={"previous": previous}, stacks=stacks
            )
        )
        patterns = set(excluded.split())
        assert ("/infrastructure/stacks/api.py" not in patterns) is scaffolded
        assert ("/infrastructure/stacks/storage.py" in patterns) is (operation == "update")
        # Earlier releases don't ask for the scaffold. Their services have the sample.
        assert ("/src/service/handlers/submit_request.py" not in patterns) is scaffolded
