"""Fixtures that render the template from the working tree, committed or not."""

from __future__ import annotations

import itertools
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Protocol

import copier
import pytest
from copier._main import Worker
from hypothesis import settings

from tests.answers import Answers
from tests.exhaustive import pytest_addoption, pytest_configure, pytest_runtest_setup
from tests.laptop_settings import desk, small_service, small_template
from tests.programs import ROOT, commit_all, git
from tests.releases import HERE, RELEASES, VERSION, commit_of
from tests.scheduling import pytest_collection_modifyitems, pytest_xdist_make_scheduler
from tests.template_copies import copy_questions, copy_template

__all__ = [
    "desk",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_setup",
    "pytest_xdist_make_scheduler",
    "small_service",
    "small_template",
]

# No deadline: the time of an example depends more on the computer than on the code.
settings.register_profile("repository", deadline=None)
settings.load_profile("repository")

# Copier asks git for `core.fileMode` after each file that it renders, in a third of its time. No
# repository that these tests render into has it; updaters run Copier in another process.
Worker._sync_git_index_executable_bit = lambda *_: None  # type: ignore[method-assign]

# The tests in `handwritten` are a part of the adopted service.
# Those in `kit` run in the folder of a service (tests/test_kit.py).
collect_ignore = ["handwritten", "kit"]

ANSWER_FILES = ("{{_copier_conf.answers_file}}.jinja", "infrastructure/config/answers.toml.jinja")


class Render(Protocol):
    """Renders a service from the defaults and given answers, and returns its folder."""

    def __call__(
        self,
        answers: Answers,
        *,
        into: Path | None = None,
        source: Path | None = None,
        overwrite: bool = False,
    ) -> Path: ...


@pytest.fixture(scope="session")
def template_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template without git, so that Copier renders uncommitted files."""
    source = tmp_path_factory.mktemp("template")
    copy_template(source)
    return source


@pytest.fixture(scope="session")
def scaffold_release(template_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with a release without the kit, which Copier renders in a second."""
    release = tmp_path_factory.mktemp("scaffold-release") / "template"
    shutil.copytree(template_source, release)
    for part in ("kit", ".github", "operations"):
        shutil.rmtree(release / "template" / part)
    git(release.parent, "init", "--quiet", release)
    commit_all(release, "A release")
    git(release, "tag", HERE)
    return release


@pytest.fixture(scope="session")
def questionnaire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small template with the questions and the files with answers."""
    source = tmp_path_factory.mktemp("questionnaire")
    copy_questions(source)
    for name in ANSWER_FILES:
        target = source / "template" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "template" / name, target)
    return source


@pytest.fixture(scope="session")
def render(template_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Return a function that renders services, by default each in a new folder."""
    folder = tmp_path_factory.mktemp("services")
    names = (f"service-{number}" for number in itertools.count())

    @cache
    def made(answers: str) -> Path:
        """Render a service to be copied, since Copier takes seconds."""
        return run(json.loads(answers), source=template_source)

    def run(
        answers: Answers,
        *,
        into: Path | None = None,
        source: Path | None = None,
        overwrite: bool = False,
    ) -> Path:
        service = into or folder / next(names)
        if not (into or source):
            return Path(shutil.copytree(made(json.dumps(answers)), service, symlinks=True))
        copier.run_copy(
            str(source or template_source),
            service,
            data=dict(answers),
            defaults=True,
            overwrite=overwrite,
            unsafe=True,
            quiet=True,
        )
        return service

    return run


@pytest.fixture(scope="session")
def service(render: Render) -> Path:
    """Return a service with the default answers, for tests that don't change it."""
    return render({})


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository with a tag per release; the working tree is the newest one."""
    clone = tmp_path_factory.mktemp("releases") / "template"
    git(ROOT, "clone", "--quiet", ROOT, clone)
    for name in filter(None, git(ROOT, "ls-files", "-z").split("\0")):
        (clone / name).unlink(missing_ok=True)
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    if git(clone, "status", "--porcelain"):
        commit_all(clone, "What lies here")
    earlier = {f"v{version}": commit_of(version) for version in (*RELEASES, VERSION)}
    tagged = earlier | {HERE: "HEAD"}
    for tag, commit in tagged.items():
        if commit:
            git(clone, "tag", "--force", tag, commit)
    return clone
