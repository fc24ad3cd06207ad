"""The workflows of this repository and of a service: pinned, bounded, and running known tasks."""

import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_service_kit.controls.evidence import workflows
from aws_service_kit.controls.evidence.source import Source

from tests.programs import KIT
from tests.service_checks import task

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template"
PROJECTS = [ROOT, TEMPLATE]
WORKFLOWS = [file for project in PROJECTS for file in project.glob(".github/workflows/*.yml")]
FILES = [*WORKFLOWS, *TEMPLATE.glob(".github/actions/*/action.yml")]

# `$/` is this repository at the commit that runs; everything else is a commit, with its version.
SELF = re.compile(r"\$/\.github/[\w./-]+")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def read(file: Path) -> dict[str, Any]:
    # BaseLoader: every scalar is text, so `on` is a key and not a boolean.
    content: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    return content


def jobs(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(file)["jobs"]
    return found


def steps(file: Path) -> Iterator[dict[str, Any]]:
    content = read(file)
    for job in content["jobs"].values() if "jobs" in content else [content["runs"]]:
        yield from job.get("steps", [])


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


every_workflow = pytest.mark.parametrize("file", WORKFLOWS, ids=name_of)
every_file = pytest.mark.parametrize("file", FILES, ids=name_of)


def test_the_workflows_are_found() -> None:
    assert {file.name for file in FILES} == {
        "action.yml",
        "assemble.yml",
        "audit.yml",
        "check.yml",
        "ci.yml",
        "deploy-environment.yml",
        "deploy.yml",
        "housekeeping.yml",
        "nightly.yml",
        "preview-cleanup.yml",
        "preview.yml",
        "release.yml",
        "slow-tests.yml",
        "update.yml",
    }


@pytest.mark.parametrize("persona", ["regular", "pedantic", "auditor"])
def test_zizmor_has_no_findings(persona: str) -> None:
    program = Path(sys.executable).parent / "zizmor"
    result = subprocess.run(
        [
            program,
            "--offline",
            "--no-progress",
            "--strict-collection",
            "--persona",
            persona,
            *FILES,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("project", PROJECTS, ids=["repository", "service"])
def test_audits_that_need_github_run_only_with_a_token(project: Path) -> None:
    file = project / ".github" / "workflows" / "audit.yml"
    assert {"pull_request", "schedule"} <= read(file)["on"].keys()
    (step,) = (each for each in jobs(file)["workflows"]["steps"] if "run" in each)
    assert step["env"] == {"GH_TOKEN": "${{ github.token }}"}
    task = step["run"].split()[-1]
    tasks = tomllib.loads((project / "poe_tasks.toml").read_text(encoding="utf-8"))["tasks"]
    command = tasks[task]["cmd"].split()
    assert command[0] == "zizmor"
    assert not {"--offline", "--no-online-audits"} & {*command}
    # On laptops and in the required check, GitHub isn't called.
    if project == TEMPLATE:
        audits = [part["cmd"] for part in tasks["workflows"]["sequence"] if "zizmor" in part["cmd"]]
        assert len(audits) == 2
        assert all("--offline" in audit for audit in audits)


def test_an_online_audit_without_a_token_fails(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the option, zizmor skips these audits and reports no findings."""
    monkeypatch.delenv("GH_TOKEN", raising=False)
    audited = task(service, "workflows-online")
    assert audited.returncode != 0
    assert "GitHub token cannot be empty" in audited.stdout


@every_file
def test_actions_are_pinned_by_commit(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    uses = [line.split("uses: ", 1)[1] for line in lines if "uses: " in line]
    assert [one for one in uses if not (PINNED.fullmatch(one) or SELF.fullmatch(one))] == []


def test_an_action_has_one_version_everywhere() -> None:
    pins = re.findall(
        r"uses: ([\w/.-]+)@(.+)", "\n".join(file.read_text(encoding="utf-8") for file in FILES)
    )
    assert len(set(pins)) == len({action for action, _ in pins})


@every_file
def test_referenced_actions_and_workflows_exist(file: Path) -> None:
    project = TEMPLATE if file.is_relative_to(TEMPLATE) else ROOT
    for path in re.findall(r"uses: \$/(\S+)", file.read_text(encoding="utf-8")):
        target = project / path
        assert target.is_file() or (target / "action.yml").is_file(), path


@every_workflow
def test_permissions_are_declared_by_job(file: Path) -> None:
    assert read(file)["permissions"] == {}
    for name, job in jobs(file).items():
        assert isinstance(job["permissions"], dict), name


@every_workflow
def test_only_listed_jobs_have_write_permissions(file: Path) -> None:
    granted = {
        (name, permission)
        for name, job in jobs(file).items()
        for permission, access in job["permissions"].items()
        if access == "write"
    }
    expected = {
        "check.yml": {("diff", "id-token"), ("comment", "pull-requests")},
        "deploy-environment.yml": {("deploy", "id-token")},
        "deploy.yml": {(name, "id-token") for name in ("dev", "staging", "prod")},
        "housekeeping.yml": {("look", "id-token")},
        "preview-cleanup.yml": {("remove", "id-token")},
        "preview.yml": {("deploy", "id-token")},
        "release.yml": {("release", "contents")},
    }
    assert granted == expected.get(file.name, set())


@every_workflow
def test_every_job_has_a_time_out(file: Path) -> None:
    # A job that calls a workflow can't have a time-out. The jobs of that workflow have one.
    endless = [
        n for n, job in jobs(file).items() if "uses" not in job and "timeout-minutes" not in job
    ]
    assert endless == []


@every_file
def test_the_token_of_a_checkout_is_not_persisted(file: Path) -> None:
    for step in steps(file):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@every_file
def test_a_repeated_job_can_upload_its_artifacts_again(file: Path) -> None:
    """A second upload is a conflict: https://github.com/datahub-project/datahub/pull/17001."""
    uploads = [step["with"] for step in steps(file) if "upload-artifact@" in step.get("uses", "")]
    assert all(each["overwrite"] == "true" for each in uploads)


@every_workflow
def test_no_schedule_is_at_the_start_of_an_hour(file: Path) -> None:
    """GitHub drops some of those: https://github.com/spack/spack-infrastructure/pull/784."""
    schedules = read(file)["on"].get("schedule", []) if isinstance(read(file)["on"], dict) else []
    assert [each["cron"] for each in schedules if each["cron"].split()[0] in {"0", "*"}] == []


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in TEMPLATE.glob(".github/workflows/*.yml")
        if "schedule" in yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)["on"]  # noqa: S506
    ],
    ids=name_of,
)
def test_the_schedule_of_a_fork_does_nothing(file: Path) -> None:
    """Its owner would get emails about failures: https://github.com/nodejs/node/pull/63565."""
    for name, job in jobs(file).items():
        if "needs" in job:
            assert "always()" not in job.get("if", ""), name
            continue
        assert not holds(job["if"], {"name": "schedule", "of_a_fork": True}), name
        assert holds(job["if"], {"name": "schedule"}), name
        assert holds(job["if"], {"name": "workflow_dispatch", "of_a_fork": True}), name


CHANGES = {
    "nothing": ("true", False),
    "a new file": ("echo new > new", True),
    "a changed file": ("echo more >> kept", True),
    "a removed file": ("rm kept", True),
    "a renamed file": ("mv kept renamed", True),
    "another mode": ("chmod +x kept", True),
    "a folder in its place": ("rm kept && mkdir kept && touch kept/file", True),
    "an ignored file": ("echo new > ignored", False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_check_fails_if_it_changes_files(change: str, tmp_path: Path) -> None:
    """`git diff` omits some changes: https://github.com/cilium/cilium/pull/27964."""
    command, found = CHANGES[change]
    file = TEMPLATE / ".github" / "workflows" / "assemble.yml"
    script = script_of(file, "assemble", "Find uncommitted files")
    begin = (
        "git init -q; echo kept > kept; echo ignored > .gitignore; git add --all; "
        "git -c user.name=x -c user.email=x@localhost commit -qm x"
    )
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    subprocess.run([*bash, f"{begin}; {command}"], cwd=tmp_path, check=True)
    done = subprocess.run([*bash, script], cwd=tmp_path, check=False, capture_output=True)
    assert (done.returncode != 0) == found


@every_file
def test_scripts_contain_no_expressions(file: Path) -> None:
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []


@every_file
def test_the_tasks_exist(file: Path) -> None:
    project = TEMPLATE if file.is_relative_to(TEMPLATE) else ROOT
    tasks = tomllib.loads((project / "poe_tasks.toml").read_text(encoding="utf-8"))["tasks"]
    scripts = "\n".join(step.get("run", "") for step in steps(file))
    called = set(re.findall(r"python3? dev\.py ([\w-]+)", scripts))
    assert called <= {"setup", *tasks}


def test_a_superseded_check_is_cancelled() -> None:
    for file in (
        TEMPLATE / ".github/workflows/check.yml",
        TEMPLATE / ".github/workflows/slow-tests.yml",
        ROOT / ".github/workflows/ci.yml",
    ):
        concurrency = read(file)["concurrency"]
        assert "github.event.pull_request.number" in concurrency["group"]
        assert concurrency["cancel-in-progress"] == "true"


def test_a_merge_queue_runs_the_check_without_access_to_accounts() -> None:
    check = read(TEMPLATE / ".github" / "workflows" / "check.yml")
    assert "merge_group" in check["on"]
    assert "if" not in check["jobs"]["assemble"]
    # Each queued commit has another ref, so that none cancels another.
    assert check["concurrency"]["group"].endswith("|| github.ref }}")
    queued = {"needs.assemble.outputs.environments": '["dev"]', "github.repository": "acme/orders"}
    repository = "github.event.pull_request.head.repo.full_name"
    author = "github.event.pull_request.user.login"
    condition = check["jobs"]["diff"]["if"]
    assert not evaluate(condition, {repository: None, author: None, **queued}, {})
    assert evaluate(condition, {repository: "acme/orders", author: "ana", **queued}, {})


def test_deployments_are_serialized_and_never_cancelled() -> None:
    folder = TEMPLATE / ".github" / "workflows"
    deploy = jobs(folder / "deploy-environment.yml")["deploy"]
    assert deploy["concurrency"] == {
        "group": "deploy-${{ inputs.environment }}",
        "cancel-in-progress": "false",
    }
    # The calling workflow has no concurrency group either.
    assert "concurrency" not in read(folder / "deploy.yml")


def test_every_environment_gets_the_same_assembly_in_order() -> None:
    deploy = jobs(TEMPLATE / ".github" / "workflows" / "deploy.yml")
    assert {name: job.get("needs") for name, job in deploy.items()} == {
        "assemble": None,
        "dev": "assemble",
        "staging": ["assemble", "dev"],
        "prod": ["assemble", "dev", "staging"],
    }
    for name in ("dev", "staging", "prod"):
        assert deploy[name]["with"] == {
            "environment": name,
            "artifact-id": "${{ needs.assemble.outputs.artifact-id }}",
            "digest": "${{ needs.assemble.outputs.digest }}",
        }


STAGES = ("dev", "staging", "prod")
RESULTS = ("success", "failure", "cancelled")


@pytest.mark.parametrize("assembled", RESULTS)
@pytest.mark.parametrize("chosen", [STAGES, ("dev", "prod"), ("staging", "prod"), ("prod",)])
@pytest.mark.parametrize(
    "results_of_jobs", list(itertools.product(RESULTS, repeat=3)), ids="-".join
)
def test_an_environment_is_deployed_only_after_the_previous_ones(
    results_of_jobs: tuple[str, ...], chosen: tuple[str, ...], assembled: str
) -> None:
    """All results of all jobs are combined."""
    deploy = jobs(TEMPLATE / ".github" / "workflows" / "deploy.yml")
    results = {"assemble": assembled}
    for name, result in zip(STAGES, results_of_jobs, strict=True):
        results[name] = result if runs(deploy[name], results, chosen) else "skipped"

    reached = [name for name in STAGES if results[name] != "skipped"]
    expected = []
    for name, result in zip(STAGES, results_of_jobs, strict=True):
        if name in chosen and assembled == "success":
            expected.append(name)
            if result != "success":
                break
    assert reached == expected


def runs(job: dict[str, Any], results: dict[str, str], chosen: Iterable[str]) -> bool:
    """Return whether a job of the workflow runs, after the results of those before it."""
    needed = [job["needs"]] if isinstance(job["needs"], str) else job["needs"]
    before = [results[name] for name in needed]
    condition = job["if"]
    if "cancelled()" not in condition and set(before) != {"success"}:
        return False  # without such a function, GitHub adds success()
    assembled = results["assemble"] == "success"
    values = {
        "needs.assemble.outputs.environments": json.dumps(list(chosen)) if assembled else "",
        "needs.*.result": before,
    }
    functions: dict[str, Callable[..., object]] = {
        "cancelled": lambda: False,  # of the whole run
        "failure": lambda: "failure" in results.values(),
        "fromJSON": json.loads,
    }
    return evaluate(condition, values, functions)


def script_of(file: Path, job: str, step: str) -> str:
    (found,) = (each for each in jobs(file)[job]["steps"] if each.get("name") == step)
    script: str = found["run"]
    return script


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))), ids=str)
@pytest.mark.parametrize("failing", [(), (1,), (2,), (3,)], ids=str)
def test_an_older_commit_is_not_deployed_automatically(
    order: tuple[int, ...], failing: tuple[int, ...], tmp_path: Path
) -> None:
    """Three pushes are assembled in any order. GitHub's responses are stubs."""
    file = TEMPLATE / ".github" / "workflows" / "deploy-environment.yml"
    script = script_of(file, "deploy", "Reject an older commit")
    deployed: list[int] = []
    for commit in order:
        newest = deployed[-1] if deployed else None
        compared = "behind" if newest is not None and commit < newest else "ahead"
        stub = tmp_path / "gh"
        stub.write_text(
            "#!/bin/sh\n"
            f'case "$2" in graphql) echo "{newest or ""}";; '
            f"*/compare/{newest}...{commit}) echo {compared};; *) exit 9;; esac\n",
            encoding="utf-8",
        )
        stub.chmod(0o755)
        variables = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "ENVIRONMENT": "dev",
            "GITHUB_REPOSITORY": "acme/orders",
            "GITHUB_REPOSITORY_OWNER": "acme",
            "GITHUB_SHA": str(commit),
            "QUERY": "",
            "COMMIT": "",
        }
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        exit_code = subprocess.run(bash, env=variables, check=False, capture_output=True).returncode
        assert exit_code in {0, 1}
        if not exit_code and commit not in failing:
            deployed.append(commit)
    assert deployed == sorted(deployed)
    assert max(set(order) - set(failing)) in deployed


def test_a_removed_commit_does_not_count_as_newer(tmp_path: Path) -> None:
    """The history may be rewritten: https://github.com/talex-touch/tuff/issues/563."""
    file = TEMPLATE / ".github" / "workflows" / "deploy-environment.yml"
    script = script_of(file, "deploy", "Reject an older commit")
    stub = tmp_path / "gh"
    stub.write_text('#!/bin/sh\ncase "$2" in graphql) echo 1;; *) exit 1;; esac\n', "utf-8")
    stub.chmod(0o755)
    names = ("ENVIRONMENT", "GITHUB_REPOSITORY", "GITHUB_REPOSITORY_OWNER", "QUERY", "COMMIT")
    variables = {**dict.fromkeys(names, "x"), "GITHUB_SHA": "2"}
    variables["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    assert subprocess.run(bash, env=variables, check=False).returncode == 0


def test_a_repeated_job_may_deploy_an_older_commit() -> None:
    file = TEMPLATE / ".github" / "workflows" / "deploy-environment.yml"
    first, *_ = jobs(file)["deploy"]["steps"]
    assert first["name"] == "Reject an older commit"
    assert first["if"] == "github.run_attempt == 1"


@pytest.mark.parametrize(
    ("builder", "user", "packed"),
    [
        ("assemble.yml:assemble", "deploy-environment.yml:deploy", "cdk.out"),
        ("assemble.yml:assemble", "check.yml:diff", "cdk.out"),
        ("preview.yml:assemble", "preview.yml:deploy", ".cache/preview"),
    ],
)
@pytest.mark.parametrize("change", ["none", "a byte", "another archive", "no digest"])
def test_only_the_built_assembly_is_deployed(
    builder: str, user: str, packed: str, change: str, tmp_path: Path
) -> None:
    folder = TEMPLATE / ".github" / "workflows"
    build_file, build_job = builder.split(":")
    use_file, use_job = user.split(":")
    (tmp_path / packed).mkdir(parents=True)
    (tmp_path / packed / "manifest.json").write_text("{}", encoding="utf-8")
    output = tmp_path / "output"

    def step(file: str, job: str, name: str, **variables: str) -> int:
        script = script_of(folder / file, job, name)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(output), **variables},
            check=False,
            capture_output=True,
        ).returncode

    assert step(build_file, build_job, "Pack the assembly") == 0
    digest = output.read_text(encoding="utf-8").strip().removeprefix("digest=")
    (archive,) = tmp_path.glob("*.tar.zst")
    if change == "a byte":
        archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    elif change == "another archive":
        (tmp_path / packed / "manifest.json").write_text('{"planted": 1}', encoding="utf-8")
        archive.unlink()
        step(build_file, build_job, "Pack the assembly")
    elif change == "no digest":
        digest = ""
    verified = step(use_file, use_job, "Verify the assembly", DIGEST=digest)
    assert (verified == 0) == (change == "none")


@pytest.mark.parametrize(
    "user", ["deploy-environment.yml:deploy", "check.yml:diff", "preview.yml:deploy"]
)
def test_an_assembly_is_verified_before_it_is_unpacked_and_before_credentials_exist(
    user: str,
) -> None:
    file, job = user.split(":")
    names = [step["name"] for step in jobs(TEMPLATE / ".github" / "workflows" / file)[job]["steps"]]
    at = names.index("Verify the assembly")
    assert names[at - 1 : at + 2] == [
        "Fetch the assembly",
        "Verify the assembly",
        "Unpack the assembly",
    ]
    assert at < next(n for n, name in enumerate(names) if name.startswith("Assume"))


def test_the_sbom_and_the_bundle_have_the_same_groups() -> None:
    """Both use the same groups of the same lock file, with hashes."""
    tasks = tomllib.loads((TEMPLATE / "poe_tasks.toml").read_text(encoding="utf-8"))["tasks"]
    bundle = (KIT / "app" / "bundle.py").read_text(encoding="utf-8")
    groups = ["--no-default-groups", "--group", "runtime"]
    assert " ".join(groups) in " ".join(tasks["sbom"]["cmd"].split())
    assert json.dumps(groups) in bundle
    for job in jobs(TEMPLATE / ".github" / "workflows" / "assemble.yml").values():
        names = [step["name"] for step in job["steps"]]
        assert names.index("Keep the list") == names.index("List the packages of the bundle") + 1


def test_credentials_for_deployments_need_the_environments_approval() -> None:
    job = jobs(TEMPLATE / ".github" / "workflows" / "deploy-environment.yml")["deploy"]
    assert job["environment"] == "${{ inputs.environment }}"
    setup = next(step for step in job["steps"] if step.get("uses", "").endswith("/setup"))
    assert setup["with"]["cache"] == "false"


def test_caches_are_not_restored_in_deployments() -> None:
    """The control's analysis of the workflows is used, for each event."""
    every = list(workflows.jobs(Source(TEMPLATE)))
    restoring = {
        (job.name, event)
        for job in every
        if job.restores_cache(Source(TEMPLATE))
        for event in job.events
    }
    assert restoring == {
        (f".github/workflows/{name}", event)
        for name, events in {
            "assemble.yml:assemble": ["merge_group", "pull_request"],
            "audit.yml:dependencies": ["pull_request", "schedule", "workflow_dispatch"],
            "audit.yml:workflows": ["pull_request", "schedule", "workflow_dispatch"],
            "housekeeping.yml:targets": ["schedule", "workflow_dispatch"],
            "preview-cleanup.yml:target": ["pull_request", "schedule", "workflow_dispatch"],
            "slow-tests.yml:test": ["pull_request", "schedule", "workflow_dispatch"],
        }.items()
        for event in events
    }
    deployed = {before.name for job in every if job.deploys for before in job.needs}
    assert ".github/workflows/assemble.yml:assemble" in deployed
    assert ".github/workflows/preview.yml:assemble" in deployed


def test_a_fork_never_reaches_an_account() -> None:
    file = TEMPLATE / ".github" / "workflows" / "check.yml"
    assert "pull_request_target" not in read(file)["on"]
    condition = jobs(file)["diff"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert "||" not in condition


# Jobs in which a pull request's code runs with privileges that a fork doesn't get, and the reason.
PRIVILEGED_PROPOSALS = {
    # For people with write access: a role that reads the service's deployed templates.
    "check.yml:diff",
    # For people with write access: the account of the previews, through an environment.
    "preview.yml:deploy",
}


def test_unmerged_code_runs_without_secrets_and_tokens() -> None:
    """Jobs of pull requests: an OIDC token, a write permission, an environment, or a secret."""
    privileged = set()
    for job in workflows.jobs(Source(TEMPLATE)):
        text = json.dumps(job.content)
        permissions = job.content["permissions"].values()
        powerful = "write" in permissions or job.privileged or "secrets." in text
        checkouts = [step for step in job.steps if "/checkout@" in step.get("uses", "")]
        trusted = ("main", "${{ github.event.pull_request.base.sha }}")
        proposed = any(step["with"].get("ref") not in trusted for step in checkouts)
        if powerful and proposed and job.events & {"pull_request", "pull_request_target"}:
            privileged.add(job.name.removeprefix(".github/workflows/"))
    assert privileged == PRIVILEGED_PROPOSALS


@every_workflow
def test_no_event_of_strangers_starts_a_privileged_workflow(file: Path) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment", "issues"} & {
        *read(file)["on"]
    }


REPOSITORY = "acme/orders"


@pytest.mark.parametrize(
    ("author", "repository", "reaches"),
    [
        ("ana", REPOSITORY, True),
        ("renovate[bot]", REPOSITORY, True),
        ("dependabot[bot]", REPOSITORY, False),
        ("ana", "stranger/orders", False),
        ("renovate[bot]", "stranger/orders", False),
    ],
)
def test_jobs_with_write_permissions_are_skipped_for_read_only_tokens(
    author: str, repository: str, reaches: bool
) -> None:
    values = {
        "github.event.pull_request.head.repo.full_name": repository,
        "github.event.pull_request.user.login": author,
        "github.event.pull_request.labels.*.name": ["preview"],
        "github.event.label.name": "preview",
        "github.event.action": "synchronize",
        "github.repository": REPOSITORY,
        "needs.assemble.outputs.environments": '["dev"]',
    }
    folder = TEMPLATE / ".github" / "workflows"
    for file, first, after in (
        ("check.yml", "diff", "comment"),
        ("preview.yml", "assemble", "deploy"),
    ):
        assert evaluate(jobs(folder / file)[first]["if"], values, {}) == reaches
        # A job without a condition is skipped with the job that it needs.
        assert jobs(folder / file)[after]["needs"] == first
        assert "if" not in jobs(folder / file)[after]


@pytest.mark.parametrize(
    ("event", "deployed", "removed"),
    [
        ({"action": "labeled", "label": "preview", "labels": ["preview"]}, True, False),
        ({"action": "labeled", "label": "bug", "labels": ["bug", "preview"]}, False, False),
        ({"action": "synchronize", "labels": ["preview"]}, True, False),
        ({"action": "reopened", "labels": ["preview"]}, True, False),
        ({"action": "synchronize", "labels": ["bug"]}, False, False),
        (
            {"action": "labeled", "label": "preview", "labels": ["preview"], "fork": True},
            False,
            False,
        ),
        ({"action": "closed", "labels": ["preview"]}, False, True),
        ({"action": "closed", "labels": []}, False, False),
        ({"action": "closed", "labels": ["preview"], "fork": True}, False, False),
        ({"action": "unlabeled", "label": "preview", "labels": []}, False, True),
        ({"action": "unlabeled", "label": "bug", "labels": ["preview"]}, False, False),
        ({"name": "schedule"}, False, True),
        ({"name": "workflow_dispatch"}, False, True),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_a_label_creates_a_preview_and_closing_removes_it(
    event: dict[str, Any], deployed: bool, removed: bool
) -> None:
    for file, job, happens in (
        ("preview.yml", "assemble", deployed),
        ("preview-cleanup.yml", "target", removed),
    ):
        path = TEMPLATE / ".github" / "workflows" / file
        triggers = read(path)["on"]
        name = event.get("name", "pull_request")
        types = triggers.get(name, {"types": []}) if name == "pull_request" else {}
        starts = name in triggers and (name != "pull_request" or event["action"] in types["types"])
        assert (starts and holds(jobs(path)[job]["if"], event)) == happens, file


def holds(condition: str, event: dict[str, Any]) -> bool:
    """Evaluate a condition of a job, with Python's equivalents of GitHub's operators."""
    fork = event.get("fork", False)
    values = {
        "github.event.pull_request.head.repo.full_name": "stranger/orders"
        if fork
        else "acme/orders",
        "github.event.pull_request.labels.*.name": event.get("labels"),
        "github.event.pull_request.user.login": "ana",
        "github.event.label.name": event.get("label"),
        "github.event.action": event.get("action"),
        "github.event_name": event.get("name", "pull_request"),
        "github.event.repository.fork": event.get("of_a_fork", False),
        "github.repository": "acme/orders",
    }
    return evaluate(condition, values, {})


def evaluate(
    condition: str, values: Mapping[str, object], functions: Mapping[str, Callable[..., object]]
) -> bool:
    """Evaluate an expression with Python's equivalents of GitHub's operators."""
    for name, value in values.items():
        condition = condition.replace(name, repr(value))
    condition = condition.replace("||", "or").replace("&&", "and")
    condition = re.sub(r"!(?!=)", "not ", condition)
    known = {"contains": lambda some, one: one in some, **functions}
    return bool(eval(condition, {"__builtins__": {}}, known))  # noqa: S307 - our repository files


def test_deployments_and_removals_of_a_preview_are_serialized() -> None:
    folder = TEMPLATE / ".github" / "workflows"
    deploy = jobs(folder / "preview.yml")["deploy"]
    remove = jobs(folder / "preview-cleanup.yml")["remove"]
    number = "github.event.pull_request.number"
    assert deploy["concurrency"]["group"] == f"preview-${{{{ {number} }}}}"
    assert remove["concurrency"]["group"] == f"preview-${{{{ {number} || 'expired' }}}}"
    for job in (deploy, remove):
        assert job["concurrency"]["cancel-in-progress"] == "false"
    # A run for another label would replace a waiting deployment.
    for file in ("preview.yml", "preview-cleanup.yml"):
        assert "concurrency" not in read(folder / file)
    assert deploy["environment"] == "preview"
    # A removal needs no approval.
    assert "environment" not in remove


def test_slow_tests_run_every_week_and_after_changes_of_their_code() -> None:
    workflow = read(TEMPLATE / ".github" / "workflows" / "slow-tests.yml")
    paths = workflow["on"]["pull_request"]["paths"]
    assert set(paths) == {"infrastructure/**", "kit/**", "src/service/**", "tests/**"}
    assert all((TEMPLATE / path.removesuffix("**")).is_dir() for path in paths)
    assert workflow["on"]["schedule"]
    tasks = tomllib.loads((TEMPLATE / "poe_tasks.toml").read_text(encoding="utf-8"))["tasks"]
    assert set(workflow["jobs"]["test"]["strategy"]["matrix"]["task"]) <= tasks.keys()


def test_every_environment_is_reviewed_each_week_with_a_read_only_role() -> None:
    file = TEMPLATE / ".github" / "workflows" / "housekeeping.yml"
    assert read(file)["on"]["schedule"]
    job = jobs(file)["look"]
    assert job["environment"] == "${{ matrix.environment }}"
    entered = [step for step in job["steps"] if "configure-aws-credentials" in step.get("uses", "")]
    assert [step["with"]["role-to-assume"] for step in entered] == [
        "${{ steps.target.outputs.deploy_role }}",
        "${{ steps.target.outputs.lookup_role }}",
    ]
    # The first role's credentials are used only to assume the second one.
    at = [job["steps"].index(step) for step in entered]
    assert at[1] == at[0] + 1
    scripts = [step["run"] for step in job["steps"][at[1] :] if "run" in step]
    assert [script.split()[2] for script in scripts] == ["right-sizing", "unused"]
    assert all(script.endswith('| tee -a "$GITHUB_STEP_SUMMARY"') for script in scripts)


def test_the_comment_of_an_earlier_run_is_found() -> None:
    file = TEMPLATE / ".github" / "workflows" / "check.yml"
    (step,) = (step for step in jobs(file)["comment"]["steps"] if "run" in step)
    marker = re.search(r'startswith\("(.+?)"\)', step["env"]["MINE"])
    assert marker is not None
    tool = (TEMPLATE / "tooling" / "diff_comment.py").read_text(encoding="utf-8")
    assert f'MARKER = "{marker[1]}"' in tool
