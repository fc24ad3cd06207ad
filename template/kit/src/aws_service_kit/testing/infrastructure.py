"""Fixtures with the service, synthesized once for all tests, and helpers for test stacks."""

import itertools
import os
import sys
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from aws_cdk import App, Environment, Stage

import aws_service_kit.testing.unit  # noqa: F401 (functions run here too: their variables, before their code)
from aws_service_kit.app.stack_discovery import service_stacks
from aws_service_kit.app.synthesis import build_environment, empty_app
from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, ServiceConfig, load
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.controls.evidence import inputs
from aws_service_kit.controls.evidence.assembly import FOLDER
from aws_service_kit.project import ROOT
from aws_service_kit.testing.synthesis import (
    MakeStack,
    MakeStacks,
    Synthesized,
    synthesize,
    with_authentication,
)

_numbers = itertools.count()


@pytest.fixture(scope="session")
def config() -> ServiceConfig:
    return load()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty bundle, since templates don't depend on its content."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "code.py").touch()
    return folder


@pytest.fixture(scope="session")
def synthesized_here(
    config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Synthesized:
    """The assembly of the service as configured."""
    return synthesize(config, bundle=bundle, outdir=tmp_path_factory.mktemp("assembly"))


@pytest.fixture(scope="session")
def synthesized(request: pytest.FixtureRequest) -> Synthesized:
    """The service's assembly, from the folder in the variable ASSEMBLY.

    Without the variable, it is the assembly of the task `synth` if it is current, else a new one.
    """
    assembly = os.environ.get("ASSEMBLY")
    if assembly:
        return Synthesized(Path(assembly), ENVIRONMENT_NAMES)
    if inputs.is_current(ROOT / FOLDER, ROOT):
        return Synthesized(ROOT / FOLDER, ENVIRONMENT_NAMES)
    here: Synthesized = request.getfixturevalue("synthesized_here")
    return here


@pytest.fixture(scope="session", params=["iam", "cognito"])
def either_authentication(
    request: pytest.FixtureRequest,
    config: ServiceConfig,
    bundle: Path,
    tmp_path_factory: pytest.TempPathFactory,
    synthesized: Synthesized,
) -> Synthesized:
    """The service's assemblies by authentication; the one that isn't configured has only prod.

    The rule packs check only the configured one.
    """
    if request.param == config.api.authentication:
        return synthesized
    other = with_authentication(config, request.param)
    outdir = tmp_path_factory.mktemp("assembly")
    app = empty_app(outdir, validation=False)
    build_environment(app, config=other, name="prod", bundle=bundle)
    app.synth()
    return Synthesized(outdir, ("prod",))


@pytest.fixture
def make_stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeStacks:
    """Create a package of stack modules from sources, optionally with modules of the service.

    `beside` names the service's modules to include; `beside_the_services_own` includes all.
    """

    def make(
        *, beside_the_services_own: bool = False, beside: Collection[str] = (), **sources: str
    ) -> ModuleType:
        name = f"stacks_{next(_numbers)}"
        package = tmp_path / name
        package.mkdir()
        for module in Path(next(iter(service_stacks().__path__))).glob("*.py"):
            if beside_the_services_own or module.stem in beside:
                (package / module.name).write_bytes(module.read_bytes())
        for file, source in {"__init__": "", **sources}.items():
            (package / f"{file}.py").write_text(source, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        return import_module(name)

    return make


@pytest.fixture(scope="module")
def make_stack(
    config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> MakeStack:
    """Create an empty stack of an environment, as a component's scope."""

    def make(
        environment: EnvironmentName = "dev", configuration: ServiceConfig = config
    ) -> tuple[ServiceStack, ServiceEnvironment]:
        settings = configuration.environments[environment]
        created = ServiceEnvironment(
            config=configuration.of(settings), settings=settings, bundle=bundle
        )
        # Validation takes time, and the service's templates are validated.
        outdir = str(tmp_path_factory.mktemp("assembly"))
        app = App(outdir=outdir, builtin_cloud_formation_validation=False)
        env = Environment(account=settings.account, region=settings.region)
        stage = Stage(app, environment, env=env)
        return ServiceStack(stage, "sample", environment=created, description="Sample"), created

    return make
