"""The organisation's settings are only in `organisation.yml`."""

from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import copier
import pytest
import yaml
from aws_service_kit.config.schema import (
    ENVIRONMENT_NAMES,
    LogRetentionDays,
    TagKey,
    TagValue,
)
from pydantic import TypeAdapter

from extensions.aws import REGIONS
from tests import organisation
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.digest import write_digests
from tests.kernel import imported_from, synthesize, templates
from tests.mutations import TODAY
from tests.organisation import QUESTION, WRITTEN, enforced, settings
from tests.programs import ROOT, commit_all, git
from tests.template_copies import copy_template

# Fields for the values of tags.
FIELDS = ("name", "owner", "cost_center", "organisation", "environment", "guideline_version")


class TestThisOrganisation:
    """The kit and AWS accept the settings in `organisation.yml`."""

    def test_the_kit_has_the_enforced_settings(self) -> None:
        assert (ROOT / WRITTEN).read_text("utf-8") == enforced(), "run `python3 dev.py digest`"

    def test_regions_are_those_of_aws(self) -> None:
        allowed = settings()["enforced"]["allowed_regions"]
        assert set(allowed) <= REGIONS
        assert settings()["answers"]["region"] in allowed

    def test_the_time_zone_is_valid(self) -> None:
        assert settings()["enforced"]["time_zone"] in available_timezones()

    def test_tags_are_valid_and_identify_resources(self) -> None:
        tags = settings()["enforced"]["tags"]
        values = {key: tag.format_map(dict.fromkeys(FIELDS, "x")) for key, tag in tags.items()}
        assert TypeAdapter(dict[TagKey, TagValue]).validate_python(values) == values
        assert len({key.lower() for key in tags}) == len(tags)
        assert (tags["service"], tags["environment"]) == ("{name}", "{environment}")
        assert set(settings()["enforced"]["cost_allocation_tags"]) <= set(tags)

    @pytest.mark.parametrize("environment", ENVIRONMENT_NAMES)
    def test_log_retentions_are_valid(self, environment: str) -> None:
        decided = settings()["enforced"]
        days = decided["log_retention_days"][environment]
        assert TypeAdapter(LogRetentionDays).validate_python(days) == days
        assert days >= decided["minimum_log_retention_days"][environment]


# Other values for all settings in `organisation.yml`.
OTHER: Mapping[str, Any] = {
    "answers": {
        "organisation": "vessel-works",
        "owner_team": "hull",
        "cost_center": "cc-77",
        "email_domain": "vessel-works.test",
        "region": "eu-west-3",
        "encryption": "aws",
        "lambda_runtime": "python3.13",
        "architecture": "x86_64",
        "availability_objective": "99.5",
        "monthly_budget_usd": "70",
        "monthly_budget_usd_with_vpc": "170",
        "kit": "vendored",
    },
    "enforced": {
        "time_zone": "Europe/Lisbon",
        "allowed_regions": ["eu-west-3"],
        "tags": {
            "service": "{name}",
            "environment": "{environment}",
            "Team": "{organisation}/{owner}",
            "CostCentre": "{cost_center}",
            "data-class": "internal",
        },
        "cost_allocation_tags": ["CostCentre", "service"],
        "log_retention_days": {"dev": 3, "staging": 14, "prod": 120},
        "minimum_log_retention_days": {"dev": 3, "staging": 7, "prod": 120},
        "signers": [],
    },
}
# Places that may contain the first organisation's values, with the reason.
ALLOWED = {
    ("kit/CHANGELOG.md", "São Paulo"): "history",
    **{
        (path, "us-east-1"): "AWS has its billing and its global endpoints there"
        for path in (
            "kit/src/aws_service_kit/constructs/billing.py",
            "kit/src/aws_service_kit/constructs/endpoints.py",
            "kit/src/aws_service_kit/operations/account_review.py",
            "operations/deployment-roles.yaml",
        )
    },
}
# Tests and the emulator use another region than the service, and guides contain examples.
OTHER_REGIONS = re.compile(
    r"tests/|kit/src/aws_service_kit/(local|testing|generate/templates)/|kit/(guides|reference)/|kit/CHANGELOG\.md"
)


def decide(template: Path) -> None:
    """Edit a template's `organisation.yml`, and write the derived files as `dev.py digest` does."""
    question = {"type": "yaml", "when": False, "default": OTHER}
    text = yaml.safe_dump({QUESTION: question}, sort_keys=False)
    (template / "organisation.yml").write_text(text, encoding="utf-8")
    organisation.write(template)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with another `organisation.yml`."""
    template = tmp_path_factory.mktemp("other")
    copy_template(template)
    decide(template)
    write_digests(template / "template")
    return template


@pytest.fixture(scope="module")
def service(render: Render, other: Path) -> Path:
    """A service of that organisation, with a queue, a schedule and log groups."""
    return render({"stacks": ["events"]}, source=other)


def words() -> set[str]:
    """Return names and addresses of this repository's organisation."""
    answers, decided = settings()["answers"], settings()["enforced"]
    city = decided["time_zone"].rpartition("/")[2]
    return {
        answers["organisation"],
        answers["email_domain"],
        answers["cost_center"],
        answers["region"],
        city,
        # The spelling in texts.
        "São Paulo",
        *(key for key in decided["tags"] if "-" in key and key not in OTHER["enforced"]["tags"]),
    }


class TestAnotherOrganisation:
    """Another organisation only edits `organisation.yml`."""

    def test_no_file_contains_the_first_organisation(self, render: Render, other: Path) -> None:
        service = render({"stacks": list(ALL_STACKS)}, source=other)
        traces, region = words(), settings()["answers"]["region"]
        found = set()
        for file in (path for path in service.rglob("*") if path.is_file()):
            path, text = file.relative_to(service).as_posix(), file.read_text(encoding="utf-8")
            sought = traces - {region} if OTHER_REGIONS.match(path) else traces
            found |= {(path, word) for word in sought if word in text}
        assert found == set(ALLOWED), "traces, or idle lines of ALLOWED"

    def test_services_have_the_settings_of_the_organisation(
        self, service: Path, tmp_path: Path
    ) -> None:
        assert synthesize(service, tmp_path, environments=("prod",)).violations == []
        resources = [
            resource
            for _, template in templates(tmp_path / "cdk.out")
            for resource in template["Resources"].values()
        ]
        tags = [
            {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
            for resource in resources
            if resource["Type"] == "AWS::SQS::Queue"
        ]
        assert tags
        for each in tags:
            assert each == {
                "service": "processing-requests",
                "environment": "prod",
                "Team": "vessel-works/hull",
                "CostCentre": "cc-77",
                "data-class": "internal",
            }
        assert {
            resource["Properties"]["ScheduleExpressionTimezone"]
            for resource in resources
            if resource["Type"] == "AWS::Scheduler::Schedule"
        } == {"Europe/Lisbon"}
        assert {
            resource["Properties"]["RetentionInDays"]
            for resource in resources
            if resource["Type"] == "AWS::Logs::LogGroup"
        } == {120}
        assert faults(service, tmp_path / "cdk.out") == set()

    def test_controls_check_the_settings_of_the_organisation(
        self, service: Path, tmp_path: Path
    ) -> None:
        team = service / "infrastructure" / "config" / "team.toml"
        before = team.read_text(encoding="utf-8")
        values = "[environments.prod]\nregion = 'sa-east-1'\nlog_retention_days = 90\n"
        team.write_text(f"{values}\n{before}", encoding="utf-8")
        synthesize(service, tmp_path, environments=("prod",))
        assert faults(service, tmp_path / "cdk.out") == {
            "P3.regions: prod/sa-east-1 isn't one of the organisation's "
            "(infrastructure/config/team.toml:2): choose eu-west-3, or waive it",
            "M5.minimum: prod log_retention_days is 90 (infrastructure/config/team.toml:3) and the "
            "organisation requires 120: raise it, or waive it",
        }
        team.write_text(before, encoding="utf-8")


def release(template: Path, version: str) -> None:
    """Commit and tag a template."""
    commit_all(template, version)
    git(template, "tag", version)


def test_an_update_changes_enforced_settings_and_no_answer(
    questionnaire: Path, tmp_path: Path
) -> None:
    template, service = tmp_path / "template", tmp_path / "service"
    shutil.copytree(questionnaire, template)
    (template / WRITTEN).parent.mkdir(parents=True)
    organisation.write(template)
    git(template, "init", "--quiet")
    release(template, "v1.0.0")
    options: dict[str, Any] = {"defaults": True, "quiet": True, "unsafe": True}
    copier.run_copy(str(template), service, **options)
    git(service, "init", "--quiet")
    commit_all(service, "Made")
    answers = (service / ".copier-answers.yml").read_text("utf-8")
    decide(template)
    release(template, "v1.1.0")

    copier.run_update(service, overwrite=True, **options)

    updated = (service / ".copier-answers.yml").read_text("utf-8")
    assert updated == answers.replace("v1.0.0", "v1.1.0")
    assert QUESTION not in updated
    kit = service / Path(*WRITTEN.parts[1:])
    assert kit.read_text("utf-8") == enforced(template)


def faults(service: Path, assembly: Path) -> set[str]:
    """Return the faults that a service's controls find with its organisation's settings."""
    ids = {"C2.kit", "C5.tags", "M5.minimum", "P3.regions", "R1.cost-tags"}
    with imported_from(service):
        evidence = importlib.import_module("aws_service_kit.controls.evidence")
        catalog = importlib.import_module("aws_service_kit.controls.catalog")
        read = evidence.Evidence(service, TODAY, assembly)
        return {
            f"{control.id}: {found.subject} {found.fault}"
            for control in catalog.CONTROLS
            if control.id in ids
            for found in control.judge(read)
            if found.fault
        }
