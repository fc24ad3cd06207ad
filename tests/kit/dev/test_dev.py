import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest
from aws_service_kit.project import ROOT

# The Python of the virtual environment has no pip.
PYTHON = getattr(sys, "_base_executable", sys.executable)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the files that the first set-up reads."""
    folder = tmp_path / "project"
    (folder / "tooling").mkdir(parents=True)
    for name in ("dev.py", "tooling/uv.txt"):
        shutil.copy2(ROOT / name, folder / name)
    return folder


def set_up(
    project: Path, *python_options: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, *python_options, "dev.py", "setup"],
        cwd=project,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_pip_the_error_names_the_package_to_install(project: Path) -> None:
    # Without site, Python finds no installed package, including pip.
    result = set_up(project, "-S")

    assert result.returncode == 1
    assert f"{PYTHON} has no pip" in result.stderr
    assert not (project / ".venv").exists()


@pytest.mark.skipif(os.name == "nt", reason="programs are in other folders there")
def test_an_active_environment_without_pip_is_ignored(project: Path, tmp_path: Path) -> None:
    """Such as those of uv: https://github.com/astral-sh/uv/issues/2390."""
    made = [PYTHON, "-m", "venv", "--without-pip", str(tmp_path / "active")]
    subprocess.run(made, check=True)
    python = tmp_path / "active" / "bin" / "python"
    ask = "import dev; print(dev.with_pip()); print(dev.Project(dev.Path()).sync_options()[1])"
    said = subprocess.run(
        [python, "-c", ask], cwd=project, capture_output=True, text=True, check=True
    )
    for interpreter in said.stdout.split():
        assert not Path(interpreter).is_relative_to(tmp_path)
        assert Path(interpreter).samefile(PYTHON)


def test_a_forged_uv_is_not_installed(project: Path, tmp_path: Path) -> None:
    pinned = (ROOT / "tooling" / "uv.txt").read_text(encoding="utf-8")
    version = pinned.partition("uv==")[2].split()[0]
    information = f"uv-{version}.dist-info"
    with zipfile.ZipFile(tmp_path / f"uv-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"uv-{version}.data/scripts/uv", "#!/bin/sh\ntouch forged\n")
        wheel.writestr(f"{information}/METADATA", f"Name: uv\nVersion: {version}\n")
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")

    # As a URL, since pip splits a list at spaces.
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": tmp_path.as_uri()}
    result = set_up(project, environment=index)

    assert result.returncode == 1
    assert "DO NOT MATCH THE HASHES" in result.stderr
    assert not (project / "forged").exists()


@pytest.fixture
def dev(project: Path) -> ModuleType:
    """Return the project's program as a module."""
    specification = importlib.util.spec_from_file_location("dev_of_project", project / "dev.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "CDK_APP",
        "CDK_CONTEXT",
        "CDK_CONTEXT_JSON",
        "CDK_DEFAULT_ACCOUNT",
        "CDK_DEFAULT_REGION",
        "CDK_LEGACY_BOOTSTRAP",
        "CDK_NEW_BOOTSTRAP",
        "CDK_OUTDIR",
        "CDK_OUTPUT",
        "CDK_PLUGIN",
        "CDK_PROFILE",
        "CDK_ROLE_ARN",
        "CDK_TAGS",
        "CDK_TOOLKIT_STACK_NAME",
        "CDK_VALIDATION",
        "COVERAGE_FILE",
        "HYPOTHESIS_PROFILE",
        "JSII_RUNTIME",
        "MYPYPATH",
        "NODE_ENV",
        "NODE_PATH",
        "NPM_CONFIG_GLOBAL",
        "NPM_CONFIG_OMIT",
        "NPM_CONFIG_PREFIX",
        "PIP_NO_BINARY",
        "PIP_PREFIX",
        "PIP_TARGET",
        "POE_PROJECT_DIR",
        # See https://github.com/pytest-dev/pytest/issues/2542.
        "PYTEST_ADDOPTS",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
        "PYTEST_PLUGINS",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHOME",
        "PYTHONNOUSERSITE",
        "PYTHONOPTIMIZE",
        "PYTHONPATH",
        "PYTHONPYCACHEPREFIX",
        "PYTHONSAFEPATH",
        "PYTHONWARNINGS",
        "RUFF_OUTPUT_FORMAT",
        "UV_CONSTRAINT",
        "UV_FROZEN",
        "UV_NO_DEFAULT_GROUPS",
        "UV_NO_DEV",
        "UV_NO_SYNC",
        "UV_OVERRIDE",
        "UV_PROJECT",
        "UV_PYTHON",
        "UV_SYSTEM_PYTHON",
        "UV_WORKING_DIR",
        "ZIZMOR_CONFIG",
        "npm_config_dry_run",
        "npm_config_package_lock",
    ],
)
def test_variables_that_change_what_is_installed_are_removed(
    dev: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "chosen")
    assert name not in dev.Project(project).environment()


@pytest.mark.parametrize(
    "name",
    [
        "AWS_PROFILE",
        "CDK_CA_BUNDLE_PATH",
        "CDK_DISABLE_CLI_TELEMETRY",
        "CDK_DOCKER",
        "CDK_HOME",
        "CDK_PROXY",
        "HTTPS_PROXY",
        "NODE_EXTRA_CA_CERTS",
        "NPM_CONFIG_CAFILE",
        "NPM_CONFIG_USERCONFIG",
        "PIP_CERT",
        "PIP_CONFIG_FILE",
        "PIP_INDEX_URL",
        "PYTHONUNBUFFERED",
        "PYTHONUTF8",
        "REQUESTS_CA_BUNDLE",
        "RUFF_CACHE_DIR",
        "SSL_CERT_FILE",
        "UV_CACHE_DIR",
        "UV_DEFAULT_INDEX",
        "UV_INDEX_INTERNAL_PASSWORD",
        "UV_NATIVE_TLS",
        "npm_config_//packages.example/:_authToken",
        "npm_config_@organisation:registry",
        "npm_config_registry",
    ],
)
def test_variables_for_access_to_package_indexes_are_kept(
    dev: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "chosen")
    assert dev.Project(project).environment()[name] == "chosen"


@pytest.mark.parametrize(
    "name",
    [
        "AWS_CA_BUNDLE",
        "AWS_MAX_ATTEMPTS",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_RETRY_MODE",
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "HTTPS_PROXY",
        "NODE_OPTIONS",
        "PYTHONPATH",
        "TMPDIR",
        "UV_CACHE_DIR",
        "UV_CONFIG_FILE",
        "UV_INDEX_URL",
        "UV_LINK_MODE",
        "UV_OFFLINE",
    ],
)
def test_an_empty_variable_is_removed(
    dev: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "")
    assert name not in dev.Project(project).environment()


def test_an_empty_variable_of_git_is_kept(
    dev: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "")
    assert dev.Project(project).environment()["GIT_CONFIG_GLOBAL"] == ""


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("AWS_PROFILE", ["python", "-c", "import boto3; boto3.client('sts', 'eu-west-1')"]),
        ("GH_TOKEN", ["zizmor", "--offline", "--quiet", "--no-exit-codes", ".github"]),
        ("UV_CACHE_DIR", ["uv", "cache", "dir"]),
        ("UV_OFFLINE", ["uv", "cache", "dir"]),
    ],
)
def test_programs_that_reject_an_empty_variable_run(
    dev: ModuleType,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    command: list[str],
) -> None:
    monkeypatch.setenv(name, "")
    programs = Path(sys.executable).parent

    def code(environment: Mapping[str, str]) -> int:
        program = [str(programs / command[0]), *command[1:]]
        done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, check=False)
        return done.returncode

    assert code(os.environ) != 0, "the program no longer rejects this variable"
    assert code(dev.Project(project).environment()) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIP_REQUIRE_VIRTUALENV", "0"),
        ("PIP_USER", "0"),
        ("UV_EXCLUDE_NEWER", "false"),
        ("UV_PRERELEASE", "if-necessary"),
        ("UV_PROJECT_ENVIRONMENT", "{project}/.venv"),
        ("UV_PYTHON_DOWNLOADS", "never"),
        ("UV_RESOLUTION", "highest"),
        ("VIRTUAL_ENV", "{project}/.venv"),
    ],
)
def test_personal_settings_are_overridden(
    dev: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, "chosen")
    expected = value.format(project=project).replace("/", os.sep)
    assert dev.Project(project).environment()[name] == expected


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        # See https://github.com/microsoft/vscode-js-debug/issues/374.
        ("--require /gone/ms-vscode.js-debug/bootloader.js --inspect-publish-uid=http", ""),
        ("--max-old-space-size=4096 --import ./hook.mjs", "--max-old-space-size=4096"),
        ("--use-system-ca", "--use-system-ca"),
    ],
)
def test_node_options_that_load_code_are_removed(
    dev: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, given: str, kept: str
) -> None:
    monkeypatch.setenv("NODE_OPTIONS", given)
    assert dev.Project(project).environment().get("NODE_OPTIONS", "") == kept


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", ""])
def test_a_task_prints_characters_that_the_terminal_lacks(
    dev: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """See https://github.com/Comfy-Org/cookiecutter-comfy-extension/issues/8."""
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    command = [PYTHON, "-c", "print('changed: \u2192')"]
    environment = dev.Project(project).environment()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"changed: ")


def test_exclude_newer_of_the_project_is_kept(dev: ModuleType, project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.uv]\nexclude-newer = "7 days"\n', "utf-8")
    assert "UV_EXCLUDE_NEWER" not in dev.Project(project).environment()


def environment_of(dev: ModuleType, project: Path) -> Path:
    """Create the files of a complete set-up; return its Python."""
    made = dev.Project(project)
    made.bin.mkdir(parents=True)
    python: Path = made.program("python")
    python.symlink_to(sys.executable)
    made.mark_complete()
    return python


@pytest.mark.skipif(os.name == "nt", reason="making links takes a privilege on Windows")
def test_only_a_complete_environment_of_this_folder_is_used(
    dev: ModuleType, project: Path, tmp_path: Path
) -> None:
    assert not dev.Project(project).is_ready()
    python = environment_of(dev, project)
    assert dev.Project(project).is_ready()

    copy = tmp_path / "copy"
    shutil.copytree(project, copy, symlinks=True)
    assert not dev.Project(copy).is_ready()

    # The mark of 1.6, after a pull of the update to 2.0.
    complete = dev.Project(project).complete
    noted = json.loads(complete.read_text(encoding="utf-8"))
    complete.write_text(json.dumps({name: noted[name] for name in ("root", "python")}), "utf-8")
    assert not dev.Project(project).is_ready()
    dev.Project(project).mark_complete()
    assert dev.Project(project).is_ready()

    python.unlink()
    python.symlink_to(tmp_path / "an interpreter that was upgraded")
    assert not dev.Project(project).is_ready()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such lock")
def test_concurrent_set_ups_install_once(
    dev: ModuleType, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    installed = []

    class Slow(dev.Project):  # type: ignore[name-defined,misc]
        def install(self) -> None:
            installed.append(1)
            time.sleep(0.3)
            if not self.is_ready():
                environment_of(dev, project)

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(Slow(project).set_up) for _ in range(2)]:
            done.result()
    assert installed == [1]
    assert "Waiting for another set-up of this folder." in capfd.readouterr().out
    Slow(project).set_up()  # alone, it updates the environment
    assert installed == [1, 1]


@pytest.mark.skipif(os.name == "nt", reason="making links takes a privilege on Windows")
@pytest.mark.parametrize("linked", [False, True], ids=["copied", "linked"])
def test_an_environment_of_another_folder_is_replaced(
    dev: ModuleType, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """https://github.com/tomcounsell/ai/issues/2050: the original was changed."""
    environment_of(dev, project)
    (project / "node_modules").mkdir()
    copy = tmp_path / "copy"
    if linked:
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".venv", "node_modules"))
        for name in (".venv", "node_modules"):
            (copy / name).symlink_to(project / name)
    else:
        shutil.copytree(project, copy, symlinks=True)
    commands: list[list[object]] = []

    def run(_project: object, command: list[object]) -> None:
        commands.append(command)
        dev.Project(copy).bin.mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(dev.Project, "run", run)
    monkeypatch.setattr(dev, "with_pip", lambda: sys.executable)
    dev.Project(copy).set_up()

    # The environment with its uv was removed, and the original is unchanged.
    assert not dev.Project(copy).program("python").exists()
    assert dev.Project(project).is_ready()
    assert not (copy / "node_modules").is_symlink()
    assert commands[0][:4] == [sys.executable, "-m", "pip", "install"]


@pytest.mark.parametrize("name", ["a$HOME", f"a{os.pathsep}b"])
@pytest.mark.parametrize("task", ["setup", "lint"])
def test_a_folder_name_that_breaks_tasks_is_rejected(project: Path, name: str, task: str) -> None:
    """https://github.com/vlang/v/issues/13239: such a path is truncated."""
    folder = project.rename(project.with_name(name))
    command = [sys.executable, "dev.py", task]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"{folder} contains" in done.stderr


def test_only_the_task_setup_installs(project: Path) -> None:
    for arguments, code in ((["--help"], 0), (["-h"], 0), (["now"], 2)):
        result = subprocess.run(
            [sys.executable, "dev.py", "setup", *arguments],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == code
        assert result.stdout.startswith("usage: python3 dev.py setup")
