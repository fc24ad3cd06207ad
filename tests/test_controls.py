"""Every control finds its violations, each made by a change of a service, and no other does."""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import aws_service_kit
import pytest
from aws_service_kit.controls.catalog import CONTROLS
from aws_service_kit.controls.catalog.cdk import ReleasedKit
from aws_service_kit.controls.catalog.maintenance import CurrentWaivers
from aws_service_kit.controls.control import Control, Status
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.actions import needed
from aws_service_kit.controls.evidence.release import differences
from aws_service_kit.controls.evidence.source import Source
from aws_service_kit.controls.evidence.verdicts import CODE
from aws_service_kit.controls.guideline_items import ITEMS
from aws_service_kit.controls.review import by_item, overall_status, review
from aws_service_kit.controls.traceability import document

from tests import exhaustive, traceability
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import derive, synthesize
from tests.mutations import (
    MUCH_MEMORY,
    TODAY,
    WAITS_A_MINUTE,
    Mutation,
    Text,
    marked,
    mutations,
    patched,
    put,
    waiver,
)
from tests.service_checks import assert_passes, task

MUTATIONS = dict(mutations())
TEAM = "infrastructure/config/team.toml"
API = "infrastructure/stacks/api.py"
# Not a reusable workflow, since the caller sets the permissions of its token.
WORKFLOW = ".github/workflows/slow-tests.yml"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
# Items that don't apply to a service with only the stack storage.
FEWEST = 27

COMMIT = 40 * "a"

MakeEvidence = Callable[[list[str]], Path]


@pytest.fixture(scope="session")
def make_evidence(render: Render, tmp_path_factory: pytest.TempPathFactory) -> MakeEvidence:
    """Return a function that renders a service and runs its tasks, which write the evidence."""

    def make(stacks: list[str]) -> Path:
        service = render({"stacks": stacks})
        derive(service)
        assert_passes(service, "lint", "types", "imports", "workflows", "unit")
        outdir = tmp_path_factory.mktemp("assembly")
        synthesize(service, outdir)
        (outdir / "cdk.out").rename(service / "cdk.out")
        return service

    return make


@pytest.fixture(scope="session")
def everything(make_evidence: MakeEvidence) -> Path:
    """A service with all stacks."""
    return make_evidence(list(ALL_STACKS))


def failed(
    service: Path, today: date = TODAY, controls: Sequence[Control] = CONTROLS
) -> dict[str, list[str]]:
    return {
        result.control.id: [str(fault) for fault in result.faults]
        for result in review(Evidence(service, today), controls)
        if result.status is Status.FAILED
    }


def test_a_service_with_every_stack_is_compliant(everything: Path) -> None:
    assert failed(everything) == {}
    statuses = [
        overall_status(found) for found in by_item(review(Evidence(everything, TODAY))).values()
    ]
    # Only spot instances and waivers don't apply.
    assert statuses.count(Status.NOT_APPLICABLE) == 2


@exhaustive.MARK
def test_a_service_with_the_fewest_stacks_is_compliant(make_evidence: MakeEvidence) -> None:
    service = make_evidence([])
    assert failed(service) == {}
    statuses = [
        overall_status(found) for found in by_item(review(Evidence(service, TODAY))).values()
    ]
    assert statuses.count(Status.NOT_APPLICABLE) == FEWEST


def test_every_item_of_the_guideline_has_a_control() -> None:
    assert {control.item.id for control in (*CONTROLS, CurrentWaivers())} == set(ITEMS)


def test_every_control_has_a_mutation() -> None:
    ids = {control.id for control in (*CONTROLS, CurrentWaivers())}
    assert {mutation.control for mutation in MUTATIONS.values()} == ids


def test_the_document_on_controls_is_up_to_date() -> None:
    assert traceability.DOCUMENT.read_text("utf-8") == traceability.document(), traceability.__doc__


MUTATED = sorted({mutation.control for mutation in MUTATIONS.values()})


@pytest.mark.parametrize("control", MUTATED)
def test_a_control_finds_its_violations(control: str, everything: Path) -> None:
    """Only the control and its companions check each mutation, which takes a third of the time."""
    unseen = {}
    for name, mutation in MUTATIONS.items():
        if mutation.control == control:
            expected = {control, *mutation.companions}
            asked = [each for each in CONTROLS if each.id in expected]
            with mutation.done_to(everything):
                unseen[name] = expected - set(failed(everything, mutation.today, asked))
    assert not any(unseen.values()), unseen


@exhaustive.MARK
@pytest.mark.parametrize("control", MUTATED)
def test_only_a_control_and_its_companions_find_its_violations(
    control: str, everything: Path
) -> None:
    matrix = {
        name: seen_by(mutation, everything)
        for name, mutation in MUTATIONS.items()
        if mutation.control == control
    }
    expected = {name: {control, *MUTATIONS[name].companions} for name in matrix}
    assert matrix == expected


@pytest.mark.parametrize("environment", ["prod", '"*"'])
def test_a_raised_integration_time_out_allows_a_longer_function_time_out(
    everything: Path, environment: str
) -> None:
    raised = f"environments.{environment}.api_integration_timeout_seconds = 60\n# The team"
    mutation = Mutation(
        "L5.api-timeout",
        (
            put("Lambda::Function", "Timeout", value=40, name="GetRequest"),
            WAITS_A_MINUTE,
            Text(TEAM, "# The team", raised),
        ),
    )
    assert seen_by(mutation, everything) == set()


RECOVERY = "environments.dev.point_in_time_recovery = false\n# The team"
REMOVAL = "environments.prod.removal = 'destroy'\n# The team"
CHANGES = {
    "C6.production": Text(TEAM, "# The team", REMOVAL),
    "F1.memory": Text(API, "memory_mb=512", "memory_mb=2048"),
    "S-D1.recovery": Text(TEAM, "# The team", RECOVERY),
    "S-I1.behaviour": Text(API, '"dynamodb:GetItem"', '"dynamodb:GetItem", "dynamodb:PutItem"'),
}


def test_changes_of_the_source_are_found_like_those_of_templates(
    everything: Path, tmp_path: Path
) -> None:
    """All at once, since a synthesis takes seconds."""
    with ExitStack() as stack:
        for change in CHANGES.values():
            stack.enter_context(change.done_to(everything))
        synthesize(everything, tmp_path / "assembly")
        evidence = Evidence(everything, TODAY, tmp_path / "assembly" / "cdk.out")
        seen = {each.control.id for each in review(evidence) if each.status is Status.FAILED}
    assert seen == CHANGES.keys()
    assert seen <= {mutation.control for mutation in MUTATIONS.values()}


@pytest.mark.parametrize(
    ("old", "new", "controls"),
    [
        (CHECKOUT, "actions/checkout@v7", {"8.1.pinned"}),
        ("run: python", "run: npm install -g aws-cdk && python", {"8.1.pinned"}),
        ("        with:\n          persist-credentials: false\n", "", {"8.1.no-keys"}),
        (
            "    permissions:\n      contents: read\n",
            "    permissions: write-all\n",
            # It restores a cache, and can get credentials now.
            {"8.1.permissions", "8.1.cache"},
        ),
        ("run: python", "run: echo ${{ github.head_ref }} && python", {"8.1.audited"}),
    ],
    ids=["a tag", "a tool without a lock", "a token on disk", "all permissions", "an injection"],
)
def test_findings_of_zizmor_are_reported_by_a_control(
    old: str, new: str, controls: set[str], render: Render
) -> None:
    service = render({})
    assert_passes(service, "workflows")
    with Text(WORKFLOW, old, new).done_to(service):
        assert task(service, "workflows").returncode != 0
        seen = {name for name in failed(service) if name.startswith("8.1.")}
    assert seen == controls


def test_a_waiver_accepts_a_finding_until_it_expires(everything: Path) -> None:
    with MUCH_MEMORY.done_to(everything), waiver().done_to(everything):
        waived = {
            result.control.id: result.detail
            for result in review(Evidence(everything, TODAY))
            if result.status is Status.WAIVED
        }
        assert failed(everything) == {}
    assert list(waived) == ["F1.memory"]
    assert "until 2027-02-01 by platform@example.com: Measured" in waived["F1.memory"]


def test_a_patched_kit_is_declared_or_tested_by_its_team(everything: Path) -> None:
    patch = patched("runtime/http.py")
    with patch.done_to(everything):
        assert set(failed(everything)) == {"C2.kit", "L3.lines", "L4.outcomes"}
        (said,) = (each for each in differences(everything))
        with marked("L4", "passed").done_to(everything):
            assert set(failed(everything)) == {"C2.kit", "L3.lines"}
        with waiver("C2.kit", said.name).done_to(everything):
            assert failed(everything) == {}
            # The next change of the same file isn't declared.
            with patch.done_to(everything):
                assert set(failed(everything)) == {
                    "C2.kit",
                    "L3.lines",
                    "L4.outcomes",
                    "WAIVERS.current",
                }


@pytest.mark.parametrize(
    ("source", "is_pinned"),
    [
        (f'{{ git = "https://github.com/o/t", rev = "{COMMIT}" }}', True),
        ('{ git = "https://github.com/o/t", rev = "main" }', False),
        ('{ git = "https://github.com/o/t", tag = "v2" }', False),
        ('[{ git = "https://github.com/o/t", branch = "main" }]', False),
        # The lock file has its hash.
        ('{ index = "internal" }', True),
    ],
)
def test_an_installed_kit_is_pinned_by_a_commit(
    source: str, is_pinned: bool, tmp_path: Path
) -> None:
    text = f"""
[dependency-groups]
runtime = ["aws-service-kit"]

[tool.uv.sources]
aws-service-kit = {source}
"""
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    (judgement,) = ReleasedKit().judge(Evidence(tmp_path, TODAY))
    assert judgement.fault == ("" if is_pinned else "`rev` in pyproject.toml isn't a commit")


def test_an_installed_kit_is_checked_like_a_vendored_one(everything: Path, tmp_path: Path) -> None:
    """The service has no files of the kit, but the same evidence."""
    service = tmp_path / "service"
    shutil.copytree(everything, service, ignore=shutil.ignore_patterns("kit", "kit.toml"))
    path = service / "pyproject.toml"
    text = path.read_text("utf-8")
    pinned = f'{{ git = "https://github.com/o/t", rev = "{COMMIT}" }}'
    assert '{ path = "kit", editable = true }' in text
    path.write_text(text.replace('{ path = "kit", editable = true }', pinned), encoding="utf-8")
    assert failed(service) == {}
    assert document(Evidence(service, TODAY)) == document(Evidence(everything, TODAY))


@pytest.mark.parametrize(
    "changed", ["src/service/handlers/health.py", "kit/src/aws_service_kit/runtime/http.py"]
)
def test_evidence_older_than_the_code_does_not_count(changed: str, everything: Path) -> None:
    path = everything / changed
    before = path.stat()
    try:
        path.touch()
        ids = set(failed(everything))
    finally:
        os.utime(path, (before.st_atime, before.st_mtime))
    by_templates = {control.id for control in CONTROLS if control.looks_at == "templates"}
    by_tests = {"L7.coverage", "S-I1.behaviour", "M2.counted", "O2.correlated", "L1.layers"}
    assert ids >= by_templates | by_tests | {"L2.typed", "L3.no-print"}


def test_a_replaced_installed_kit_makes_evidence_outdated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the list of its files is newer. The files are as old as the installer's cache."""
    module = tmp_path / "site-packages" / "aws_service_kit" / "__init__.py"
    listed = tmp_path / "site-packages" / "aws_service_kit-2.0.0.dist-info" / "RECORD"
    service = tmp_path / "service"
    for path in (module, listed, service / "pyproject.toml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    text = '[dependency-groups]\nruntime = ["aws-service-kit"]\n'
    (service / "pyproject.toml").write_text(text, encoding="utf-8")
    os.utime(module, (0, 0))
    os.utime(listed, (1, 1))
    monkeypatch.setattr(aws_service_kit, "__file__", str(module))
    assert Source(service).newest(*CODE) == 1


def test_another_folder_with_the_name_kit_is_part_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "kit" / "src" / "robot").mkdir(parents=True)
    (tmp_path / "kit" / "src" / "robot" / "arm.py").touch()
    source = Source(tmp_path)
    assert source.kit_paths == ()
    assert source.paths == (Path("kit/src/robot/arm.py"),)
    assert list(ReleasedKit().judge(Evidence(tmp_path, TODAY))) == []


def test_without_templates_their_controls_fail(everything: Path) -> None:
    assembly = everything / "cdk.out"
    away = assembly.rename(everything / "away")
    try:
        statuses = {
            result.status
            for result in review(Evidence(everything, TODAY))
            if result.control.looks_at == "templates"
        }
    finally:
        away.rename(assembly)
    assert statuses == {Status.FAILED}


def test_the_task_prints_every_item_and_writes_reports(everything: Path) -> None:
    started = time.monotonic()
    result = task(everything, "controls", "--all")
    # On a busy computer with two cores; otherwise it takes less than one second.
    assert time.monotonic() - started < 5
    assert result.returncode == 0, result.stdout
    folder = everything / ".cache" / "controls"
    written = json.loads((folder / "controls.json").read_text("utf-8"))
    html = (folder / "controls.html").read_text("utf-8")
    assert list(written) == list(ITEMS)
    for name in ITEMS:
        assert f"\n{name} " in f"\n{result.stdout}", name
        for control in written[name]["controls"]:
            assert control in html


def test_the_task_prints_items_that_are_not_compliant(everything: Path) -> None:
    result = task(everything, "controls")
    items = {line.split()[0] for line in result.stdout.splitlines() if line}
    assert items & set(ITEMS) == {"F2", "R1", "S-I5"}, result.stdout
    assert re.search(r"^\d+ items, \d+ controls: 3 organisational, \d+ proven", result.stdout, re.M)


def test_the_task_fails_if_a_control_does(everything: Path) -> None:
    with MUCH_MEMORY.done_to(everything):
        result = task(everything, "controls")
    assert result.returncode == 1, result.stdout
    assert "api/HealthFunction" in result.stdout


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "actions"),
    [
        ("dynamodb", "GetItem", {}, {"dynamodb:GetItem"}),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {}}, {"ConditionCheck": {}}]},
            {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"},
        ),
        ("lambda", "Invoke", {}, {"lambda:InvokeFunction"}),
        ("s3", "HeadObject", {}, {"s3:GetObject"}),
        ("sqs", "SendMessageBatch", {}, {"sqs:SendMessage"}),
        ("stepfunctions", "StartExecution", {}, {"states:StartExecution"}),
    ],
)
def test_a_call_needs_the_iam_action_with_its_name_or_a_listed_one(
    service: str, operation: str, parameters: dict[str, object], actions: set[str]
) -> None:
    assert needed(service, operation, parameters) == actions


def seen_by(mutation: Mutation, service: Path) -> set[str]:
    with mutation.done_to(service):
        return set(failed(service, mutation.today))
