"""The template at a URL, as services read it; git maps the URL to a local folder.

By git, a service's kit comes from the template's URL, and a folder is rejected. No name below
`.invalid` exists, so nothing here reaches a network.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from aws_service_kit.update.release import Release

from tests.answers import Answers
from tests.programs import OWN_PROGRAMS, git, run, without_own_environment
from tests.team_services import begin

HOST = "https://git.invalid/"
URL = f"{HOST}acme/template.git"


@dataclass(frozen=True)
class Published:
    """A template at a URL.

    Attributes:
        folder: A folder of bare repositories that replaces the host.
    """

    folder: Path

    @classmethod
    def of(cls, clone: Path, folder: Path) -> Published:
        """Publish the commits and tags of a clone."""
        git(clone, "clone", "--quiet", "--bare", clone, folder / "acme" / "template.git")
        return cls(folder)

    def commit_of(self, version: str) -> str:
        """Return the commit of a tag."""
        return git(
            self.folder / "acme" / "template.git", "rev-parse", f"{version}^{{commit}}"
        ).strip()

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables with which git finds the host."""
        return {
            "COPIER_CACHE_DIR": str(self.folder / "mirrors"),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{self.folder}/.insteadOf",
            "GIT_CONFIG_VALUE_0": HOST,
        }

    def copy(self, version: str, service: Path, answers: Answers) -> CompletedProcess[str]:
        """Create a service with Copier."""
        given = [f"--data={name}={answer}" for name, answer in answers.items()]
        options = ("--trust", "--defaults", "--quiet", "--vcs-ref", version)
        copier = ["-m", "copier", "copy", *options, *given, URL, str(service)]
        return run(
            self.folder, sys.executable, *copier, environment={**os.environ, **self.variables}
        )

    def service(self, version: str, service: Path, answers: Answers) -> Path:
        """Create a service under git, as a team does."""
        made = self.copy(version, service, answers)
        assert made.returncode == 0, made.stdout
        begin(service)
        return service

    def update(self, clone: Path, service: Path, *options: str) -> CompletedProcess[str]:
        """Run the updater in a clone's work tree."""
        release = Release.read(clone)
        assert release is not None
        path = [OWN_PROGRAMS, os.environ["PATH"]]
        variables = {
            **without_own_environment(),
            **self.variables,
            "PATH": os.pathsep.join(map(str, path)),
            "PYTHONPATH": os.pathsep.join(map(str, (clone / release.path, clone))),
        }
        places = ["--root", str(service), "--template", str(clone)]
        updater = ["-P", "-m", release.module, *places, "--defaults", *options]
        return run(service, sys.executable, *updater, environment=variables)
