"""The two commands of a generated service, with its environment and lock file.

Only this test installs the packages that a user installs. It also tests everything that needs a
set-up service: the locked bundle, and that the functions run from it.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests import exhaustive
from tests.added_function import DOCUMENT
from tests.answers import ANSWER_SETS
from tests.combinations import ALL_STACKS
from tests.documented_steps import Lesson, steps
from tests.programs import ROOT, commit_all, git, run, without_own_environment
from tests.releases import HERE
from tests.service_checks import PYTHON, assert_passes, assert_runs, dev, mypy_cache, task
from tests.shell import listening

HANDLER = re.compile(r"^service\.handlers\.\w+\.handler$")


@pytest.fixture(
    scope="module",
    params=[
        ["api", "messaging", "events", "workflow"],
        pytest.param(list(ALL_STACKS), marks=exhaustive.MARK),
    ],
    ids=["some stacks", "every stack"],
)
def made(
    request: pytest.FixtureRequest, releases: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A service with unusual answers, created by the command in a fresh clone."""
    folder = tmp_path_factory.mktemp("two commands")
    clone, service, answers = folder / "template", folder / "service", folder / "answers.yml"
    git(folder, "clone", "--quiet", releases, clone)
    unusual = {
        **ANSWER_SETS["hostile"],
        "api_authentication": "cognito",
        "stacks": request.param,
    }
    answers.write_text(yaml.safe_dump(unusual), encoding="utf-8")
    options = ("--defaults", "--data-file", str(answers))
    said = assert_runs(clone, "new", str(service), *options)
    assert "python3 dev.py setup" in said
    assert not (clone / ".venv").exists(), "creating a service needs no test environment"
    return service


def steering(folder: Path) -> dict[str, str]:
    """Return variables of a shell with personal settings of installers."""
    (folder / "pip.conf").write_text("[global]\nuser = true\nrequire-virtualenv = true\n", "utf-8")
    npm = "omit=dev\nglobal=true\ndry-run=true\nbin-links=false\nmin-release-age=9999\n"
    (folder / "npmrc").write_text(npm, "utf-8")
    (folder / "settings" / "uv").mkdir(parents=True)
    uv = 'exclude-newer = "2020-01-01"\nresolution = "lowest"\n'
    (folder / "settings" / "uv" / "uv.toml").write_text(uv, "utf-8")
    return {
        "NODE_ENV": "production",
        "NODE_OPTIONS": "--require /gone/bootloader.js",
        "NPM_CONFIG_USERCONFIG": str(folder / "npmrc"),
        "PIP_CONFIG_FILE": str(folder / "pip.conf"),
        "PIP_USER": "1",
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "PYTHONSAFEPATH": "1",
        "UV_EXCLUDE_NEWER": "2020-01-01",
        "UV_FROZEN": "1",
        "UV_NO_SYNC": "1",
        "UV_PROJECT_ENVIRONMENT": str(folder / "environment"),
        "UV_PYTHON": "3.99",
        "XDG_CONFIG_HOME": str(folder / "settings"),
    }


@pytest.fixture(scope="module")
def lived_in(made: Path) -> Path:
    """The service after its set-up and its derived documents.

    The set-up runs in a shell with conflicting settings, below another project's workspace.
    """
    service = made
    git(service.parent, "init", "--quiet", service)
    workspace = '[project]\nname = "other"\nversion = "0"\n[tool.uv.workspace]\nmembers = ["*"]\n'
    (service.parent / "pyproject.toml").write_text(workspace, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in steering(service.parent).items():
            patch.setenv(name, value)
        said = assert_runs(service, "setup")
    outside = {path.name for path in service.parent.iterdir()}
    assert not outside & {".venv", "environment", "uv.lock"}
    assert list((service / ".venv").rglob("*.pyc")), "bytecode is where Python looks for it"
    assert (service / "node_modules" / ".bin" / "cdk").exists()
    assert "[options]" not in (service / "uv.lock").read_text(encoding="utf-8")
    assert "nothing outside this folder is installed" in said
    with listening() as (port, received), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "real")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "real")
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        for task in ("derive", "synth"):
            assert_runs(service, task)
    assert received == [], "no program calls the endpoint of the shell"
    return service


def templates(assembly: Path) -> list[Path]:
    return sorted(assembly.rglob("*.template.json"))


def handlers(assembly: Path) -> set[str]:
    return {
        resource["Properties"]["Handler"]
        for template in templates(assembly)
        for resource in json.loads(template.read_text(encoding="utf-8"))["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }


def test_the_service_has_the_answers_and_the_address_of_its_template(made: Path) -> None:
    answers = yaml.safe_load((made / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert answers["api_authentication"] == "cognito"
    assert answers["description"] == ANSWER_SETS["hostile"]["description"]
    assert Path(answers["_src_path"]).is_absolute()
    assert answers["_commit"] == HERE


def test_the_commands_leave_only_files_to_commit(lived_in: Path) -> None:
    commit_all(lived_in, "Begin")
    listed = git(lived_in, "ls-files").splitlines()
    documents = {"docs/openapi.json", "docs/architecture.md", "docs/runbooks/README.md"}
    assert {"uv.lock", *documents} <= set(listed)
    assert_runs(lived_in, "derive")
    assert git(lived_in, "status", "--porcelain") == ""


@exhaustive.MARK
def test_every_synthesis_gives_equal_templates(lived_in: Path) -> None:
    first = {path: path.read_bytes() for path in templates(lived_in / "cdk.out")}
    assert first
    shutil.rmtree(lived_in / "cdk.out")
    assert_runs(lived_in, "synth")
    assert {path: path.read_bytes() for path in templates(lived_in / "cdk.out")} == first


def test_the_tests_can_read_the_assembly_that_is_deployed(
    lived_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSEMBLY", "cdk.out")
    # Most other tests build assemblies. They run in `check`.
    assert_runs(lived_in, "infrastructure", "-k", "stacks")


def test_deploying_without_an_account_is_rejected(lived_in: Path) -> None:
    result = dev(lived_in, "deploy", "--environment", "dev")
    assert result.returncode != 0
    assert "dev has no AWS account yet" in result.stdout


STACK = "infrastructure/stacks/api.py"
SYNTHESES = Path(".cache", "syntheses")
# Every synthesis builds the stack; those of single environments are of dev or prod.
COUNTED = f"""
import functools

make_uncounted = ApiStack.__init__


@functools.wraps(make_uncounted)
def make(stack, stage, environment, **resources):
    if stage.node.id == "staging":
        with open("{SYNTHESES}", "a") as file:
            file.write("x")
    make_uncounted(stack, stage, environment, **resources)


ApiStack.__init__ = make
"""
TOO_SLOW = """
import functools

make_in_time = ApiStack.__init__


@functools.wraps(make_in_time)
def make(stack, stage, environment, **resources):
    make_in_time(stack, stage, environment, **resources)
    for construct in stack.node.find_all():
        if type(construct).__name__ == "CfnFunction":
            construct.timeout = 60


ApiStack.__init__ = make
"""


@pytest.fixture
def copied(lived_in: Path, tmp_path: Path) -> Path:
    """A copy of the service, whose tasks run in this repository's environment."""
    service = tmp_path / "service"
    ignored = shutil.ignore_patterns(".venv", "node_modules", ".cache", "cdk.out", ".git")
    shutil.copytree(lived_in, service, ignore=ignored)
    shutil.copytree(lived_in / ".cache" / "bundle", service / ".cache" / "bundle")
    (service / "node_modules").symlink_to(lived_in / "node_modules")
    return service


def syntheses(service: Path) -> int:
    """Return the number of syntheses of every environment."""
    return len((service / SYNTHESES).read_text(encoding="utf-8"))


@exhaustive.MARK
def test_a_check_reuses_a_synthesis_until_the_code_changes(copied: Path) -> None:
    stack, document = copied / STACK, copied / "docs" / "openapi.json"
    before = document.read_bytes()
    document.unlink()
    source = stack.read_text(encoding="utf-8") + COUNTED
    stack.write_text(source, encoding="utf-8")
    assert_passes(copied, "synth", "infrastructure", "derive")
    assert document.read_bytes() == before
    assert syntheses(copied) == 1

    stack.write_text(source + TOO_SLOW, encoding="utf-8")
    tested = task(copied, "infrastructure", "-k", "answer_before_the_gateway")
    assert tested.returncode != 0
    assert "assert 60 < 29" in tested.stdout
    assert syntheses(copied) == 2
    assert_passes(copied, "derive")
    assert syntheses(copied) == 3
    controls = task(copied, "controls")
    assert controls.returncode != 0
    assert f"manifest.json is older than {STACK}: run `synth`" in controls.stdout

    stack.write_text(source + "\n\nraise ValueError\n", encoding="utf-8")
    assert task(copied, "synth").returncode != 0
    stack.write_text(source, encoding="utf-8")
    assert_passes(copied, "derive")
    assert syntheses(copied) == 4, "a failed synthesis leaves no assembly"


BUNDLE = "from aws_service_kit.app.bundle import build_bundle; print(build_bundle({!r}, {!r}))"


def build(service: Path, runtime: str, architecture: str) -> Path:
    python = service / ".venv" / "bin" / "python"
    code = BUNDLE.format(runtime, architecture)
    built = run(service, python, "-c", code, environment=without_own_environment())
    assert built.returncode == 0, built.stdout
    return Path(built.stdout.strip())


def test_functions_run_from_the_bundle_alone(lived_in: Path) -> None:
    """Build a bundle for this computer, so that its compiled parts can be imported."""
    running = f"python{sys.version_info.major}.{sys.version_info.minor}"
    platform = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[os.uname().machine]
    bundle = build(lived_in, running, platform)
    names = handlers(lived_in / "cdk.out")
    assert names
    assert all(HANDLER.match(name) for name in names)
    code = (
        "import importlib, sys; sys.path = [p for p in sys.path if 'site-packages' not in p]\n"
        f"sys.path.insert(0, {str(bundle)!r})\n"
        f"for name in {sorted(names)!r}:\n"
        "    module, _, attribute = name.rpartition('.')\n"
        "    assert callable(getattr(importlib.import_module(module), attribute)), name\n"
        "import boto3, pydantic; print(boto3.__file__)"
    )
    result = run(bundle, PYTHON, "-I", "-S", "-c", code, environment={})
    assert result.returncode == 0, result.stdout
    assert str(bundle) in result.stdout
    compiled = list(bundle.rglob("*.pyc"))
    assert compiled, "the target's interpreter writes bytecode"
    # PEP 552: flags 1 mean "hash-based, unchecked", which no zip's dates can make stale.
    assert {path.read_bytes()[4:8] for path in compiled} == {b"\1\0\0\0"}


def test_the_bundle_has_the_locked_packages_for_the_functions_platform(lived_in: Path) -> None:
    bundle = build(lived_in, "python3.13", "arm64")
    lock = (lived_in / "uv.lock").read_text(encoding="utf-8")
    for metadata in bundle.glob("*.dist-info/METADATA"):
        name, version = metadata.parent.name.removesuffix(".dist-info").rsplit("-", 1)
        assert f'name = "{name.replace("_", "-")}"\nversion = "{version}"' in lock
    extensions = {path.name for path in bundle.rglob("*.so")}
    assert extensions
    assert all("aarch64-linux-gnu" in name for name in extensions)
    again = build(lived_in, "python3.13", "arm64")
    assert again == bundle


def test_the_sbom_lists_the_packages_of_the_bundle(lived_in: Path) -> None:
    dev(lived_in, "sbom")
    listed = json.loads((lived_in / ".cache" / "sbom.json").read_text(encoding="utf-8"))
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.5")
    locked = {(each["name"], each["version"]) for each in listed["components"]}
    bundled = {
        tuple(metadata.parent.name.removesuffix(".dist-info").replace("_", "-").rsplit("-", 1))
        for metadata in build(lived_in, "python3.13", "arm64").glob("*.dist-info/METADATA")
    }
    assert bundled
    assert bundled <= locked
    assert "pytest" not in {name for name, _ in locked}


def test_an_unlocked_dependency_is_rejected(lived_in: Path, tmp_path: Path) -> None:
    service = tmp_path / "service"
    ignored = shutil.ignore_patterns(".venv", "node_modules", ".cache", "cdk.out", ".git")
    shutil.copytree(lived_in, service, ignore=ignored)
    project = service / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("dependencies = []", 'dependencies = ["six"]', 1), "utf-8")
    python = lived_in / ".venv" / "bin" / "python"
    result = run(
        service,
        python,
        "-m",
        "aws_service_kit.app.synthesis",
        environment=without_own_environment(),
    )
    assert result.returncode != 0
    assert "lock" in result.stdout
    assert "Traceback" not in result.stdout


RUN = "python3 dev.py local"
FAILED = re.compile(r'"status": [45]|"message": ?"(Forbidden|Unauthorized)|refused|failed', re.I)


def to_paste(said: str) -> list[str]:
    """Return the commands that `local` prints for trying the service."""
    tried, _, _ = said.partition("\nNext:")
    found = re.findall(r"^  ((?:curl|python3 dev\.py) .+)$", tried, re.M)
    assert any("local-call" in line for line in found)
    return found


@exhaustive.MARK
def test_the_commands_of_the_onboarding_guide_work(lived_in: Path, tmp_path: Path) -> None:
    """Run the guide's commands and write its code, unchanged and in their order.

    The quicker test_guides.py only writes and checks its code.
    """
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    git(lived_in, "remote", "add", "origin", tmp_path / "origin.git")
    git(lived_in, "config", "user.name", "New Here")
    git(lived_in, "config", "user.email", "new@example.com")
    path = os.pathsep.join([str(PYTHON.parent), os.environ["PATH"]])
    environment = {**without_own_environment(), "PATH": path, "MYPY_CACHE_DIR": str(mypy_cache())}
    said: dict[str, str] = {}
    (lived_in / "docs/openapi.json").unlink()  # as before the first check
    try:
        for step in steps((lived_in / DOCUMENT).read_text(encoding="utf-8")):
            if isinstance(step, Lesson):
                step.apply(lived_in)
                continue
            done = run(lived_in, "bash", "-c", step, environment=environment)
            assert done.returncode == 0, f"{step}\n{done.stdout}"
            said[step] = done.stdout
            if step == RUN:
                for line in to_paste(done.stdout):
                    pasted = run(lived_in, "bash", "-c", line, environment=environment)
                    assert pasted.returncode == 0, f"{line}\n{pasted.stdout}"
                    assert not FAILED.search(pasted.stdout), f"{line}\n{pasted.stdout}"
    finally:
        dev(lived_in, "local-stop")

    calls = {command: answer for command, answer in said.items() if "local-call" in command}
    health, submitted, listed, limits = calls.values()
    assert health == '200 {"status": "ok"}\n'
    assert submitted.startswith("202 ")
    assert '"reference": "order-1"' in listed
    assert limits == '200 {"status": "ok"}\n'
    assert "get_limits.py" in git(lived_in, "show", "--stat", "origin/show-the-limits")


@exhaustive.MARK
def test_local_tests_pass_in_the_services_environment(lived_in: Path) -> None:
    """The service's packages are installed there, so copies of the service import them too."""
    assert_runs(lived_in, "local-test")


def test_this_repository_has_the_dev_py_of_services() -> None:
    result = dev(ROOT)
    for name in ("new", "test", "lint", "types"):
        assert f"\n  {name} " in result.stdout
