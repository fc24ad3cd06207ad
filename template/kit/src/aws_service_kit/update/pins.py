"""Raise pins of the template in this service: `python3 dev.py pins urllib3==2.8.1`.

The template pins every version exactly, so the fix of a vulnerable dependency would wait for the
template's next release. A raised pin replaces the template's, and `raised-pins.toml` lists it.
Updates keep it until the template's pin is at least as high (kit/guides/pins.md).
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tomllib
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from aws_service_kit.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PINS_FILE = Path("raised-pins.toml")
HEADER = (
    "# The pins that this service has raised: written by `python3 dev.py pins` and by updates.\n"
)
LIST = "constraint-dependencies = ["
PIN = re.compile(r'^(\s*"(?P<name>[\w.-]+)==)(?P<version>[^\s";]+)', re.MULTILINE)
WANTED = re.compile(r"(?P<name>@?[^@=\s]+)(?P<separator>==|@)(?P<version>\S+)")


class PinError(Exception):
    """A pin can't be raised; the message gives the reason and the remedy. Nothing was changed."""


@dataclass(frozen=True, order=True)
class Raised:
    """A pin that a service has raised.

    Attributes:
        manager: The package manager: `python` or `npm`.
        name: The package.
        template: The version that the template pins.
        version: The version that the service pins.
    """

    manager: str
    name: str
    template: str
    version: str

    def __str__(self) -> str:
        """Describe the raised pin in one line."""
        return f"{self.name} is raised to {self.version}; the template has {self.template}."

    @property
    def caught_up(self) -> str:
        """Describe in one line that the template's pin is now at least as high, or removed."""
        now = f"has {self.template} now" if self.template else "doesn't pin it any more"
        return f"{self.name} was raised to {self.version} here; the template {now}."

    @property
    def ahead(self) -> bool:
        """Whether the service's version is higher than the template's."""
        return Version(self.version) > Version(self.template)


class Manager(ABC):
    """A package manager, with the files in which a service pins its packages.

    Args:
        root: The service's folder.
    """

    name: ClassVar[str]
    separator: ClassVar[str]
    files: ClassVar[tuple[str, str]]
    command: ClassVar[tuple[str, ...]]

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings, self.locked = (root / file for file in self.files)

    @abstractmethod
    def pins(self) -> dict[str, str]:
        """Return each pinned package's version."""

    @abstractmethod
    def write(self, versions: Mapping[str, str]) -> None:
        """Change the versions of pinned packages."""

    def lock(self) -> None:
        """Write the lock file again.

        Raises:
            PinError: The versions conflict, or can't be fetched.
        """
        program = shutil.which(self.command[0])
        if program is None:
            raise PinError(f"{self.command[0]} isn't installed: run `python3 dev.py setup` first.")
        result = subprocess.run(  # noqa: S603 - programs of the environment
            [program, *self.command[1:]],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise PinError(
                f"{self.command[0]} can't lock this:\n{result.stderr.strip()}\n"
                "If other packages must be raised with it, list all of them in one command."
            )


class Python(Manager):
    """Python packages: uv's constraints."""

    name = "python"
    separator = "=="
    files = ("pyproject.toml", "uv.lock")
    command = ("uv", "lock", "--quiet", "--python", sys.executable)

    def pins(self) -> dict[str, str]:
        """Return each pinned package's version."""
        _, _, constraints = self.settings.read_text(encoding="utf-8").partition(LIST)
        return {each["name"]: each["version"] for each in PIN.finditer(constraints)}

    def write(self, versions: Mapping[str, str]) -> None:
        """Change the versions of pinned packages."""

        def changed(pin: re.Match[str]) -> str:
            return pin[1] + versions.get(pin["name"], pin["version"])

        before, start, constraints = self.settings.read_text(encoding="utf-8").partition(LIST)
        text = "".join((before, start, PIN.sub(changed, constraints)))
        self.settings.write_text(text, encoding="utf-8")


class Npm(Manager):
    """Packages of npm: direct dependencies, and overrides of indirect ones."""

    name = "npm"
    separator = "@"
    files = ("package.json", "package-lock.json")
    command = (
        *("npm", "install", "--package-lock-only", "--package-lock", "--include=dev"),
        *("--no-global", "--no-dry-run", "--no-audit", "--no-fund", "--loglevel=error"),
    )

    def pins(self) -> dict[str, str]:
        """Return each pinned package's version; of a package installed twice, the top-level one."""
        folders: dict[str, Any] = json.loads(self.locked.read_text(encoding="utf-8"))["packages"]
        listed = sorted(folders, key=len, reverse=True)
        return {
            folder.rpartition("node_modules/")[2]: folders[folder]["version"]
            for folder in listed
            if folder
        }

    def write(self, versions: Mapping[str, str]) -> None:
        """Change the versions of pinned packages."""
        settings: dict[str, Any] = json.loads(self.settings.read_text(encoding="utf-8"))
        direct = settings["devDependencies"]
        direct |= {name: each for name, each in versions.items() if name in direct}
        if needed := {name: each for name, each in versions.items() if name not in direct}:
            settings["overrides"] = settings.get("overrides", {}) | needed
        text = json.dumps(settings, indent=2, ensure_ascii=False)
        self.settings.write_text(f"{text}\n", encoding="utf-8")


MANAGERS = (Python, Npm)


def read(text: str) -> list[Raised]:
    """Parse `raised-pins.toml`.

    Raises:
        PinError: The file is damaged, for example by a merge.
    """
    try:
        return [
            Raised(manager, name, **versions)
            for manager, pins in tomllib.loads(text).items()
            for name, versions in pins.items()
        ]
    except (AttributeError, TypeError, tomllib.TOMLDecodeError) as error:
        raise PinError(
            f"{PINS_FILE} is damaged ({error}): restore it from git's history."
        ) from None


def recorded(root: Path) -> list[Raised]:
    """Return the pins that a service has raised."""
    file = root / PINS_FILE
    return read(file.read_text(encoding="utf-8")) if file.exists() else []


def save(root: Path, raised: Iterable[Raised]) -> None:
    """Write the raised pins to `raised-pins.toml`; without any, remove the file."""
    lines = [
        f'{each.manager}."{each.name}" = '
        f'{{ template = "{each.template}", version = "{each.version}" }}\n'
        for each in sorted(raised)
    ]
    if lines:
        (root / PINS_FILE).write_text("".join([HEADER, *lines]), encoding="utf-8")
    else:
        (root / PINS_FILE).unlink(missing_ok=True)


def write(root: Path, raised: Iterable[Raised]) -> None:
    """Pin the raised versions in a service or in its pristine copy."""
    raised = list(raised)
    for manager in MANAGERS:
        if versions := {each.name: each.version for each in raised if each.manager == manager.name}:
            manager(root).write(versions)


def above(root: Path, raised: Iterable[Raised]) -> tuple[list[Raised], list[Raised]]:
    """Compare raised pins with the template's current pins.

    Args:
        root: A pristine copy of the service, without raised pins.
        raised: The pins that a service has raised.

    Returns:
        The pins that are higher than the template's, and the others. Both have the template's
        current version, which is empty if the template doesn't pin the package.
    """
    raised = list(raised)
    concerned = {each.manager for each in raised}
    pinned = {each.name: each(root).pins() for each in MANAGERS if each.name in concerned}
    now = [replace(each, template=pinned[each.manager].get(each.name, "")) for each in raised]
    ahead = [each for each in now if each.template and each.ahead]
    return ahead, [each for each in now if each not in ahead]


def rewritten(raised: Iterable[Raised]) -> list[str]:
    """Return the committed files that raising pins rewrites as a whole."""
    raised = list(raised)
    of_npm = any(each.manager == Npm.name for each in raised)
    return [*([str(PINS_FILE)] if raised else []), *(Npm.files[1:] if of_npm else ())]


def update_npm_lock(root: Path) -> None:
    """Update npm's lock file with raised pins; every update already writes uv's.

    Raises:
        PinError: They conflict with the template's current pins.
    """
    if any(each.manager == Npm.name for each in recorded(root)):
        Npm(root).lock()


def raise_pins(root: Path, wanted: Sequence[str]) -> list[Raised]:
    """Raise pins and update the lock files.

    Args:
        root: The service's folder.
        wanted: `NAME==VERSION` of a Python package, `NAME@VERSION` of an npm package.

    Returns:
        The raised pins.

    Raises:
        PinError: Nothing was changed.
    """
    managers = {each.separator: each(root) for each in MANAGERS}
    before = _by_key(recorded(root))
    raised = [_wanted(each, managers, before) for each in wanted]
    concerned = [each for each in managers.values() if each.name in {r.manager for r in raised}]
    files = [root / PINS_FILE, *(root / file for each in concerned for file in each.files)]
    contents = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        write(root, raised)
        save(root, (before | _by_key(raised)).values())
        for manager in concerned:
            manager.lock()
    except BaseException:
        for file, content in contents.items():
            if content is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(content)
        raise
    return raised


def _by_key(raised: Iterable[Raised]) -> dict[tuple[str, str], Raised]:
    return {(each.manager, each.name): each for each in raised}


def _wanted(
    text: str, managers: Mapping[str, Manager], before: Mapping[tuple[str, str], Raised]
) -> Raised:
    """Parse a requested pin, and add the version that the template pins.

    Raises:
        PinError: The package isn't pinned, or its pin is already as high.
    """
    found = WANTED.fullmatch(text)
    if found is None:
        raise PinError(
            f"{text}: write NAME==VERSION of a Python package, or NAME@VERSION of an npm package."
        )
    manager, name = managers[found["separator"]], found["name"]
    if manager.name == Python.name:
        name = canonicalize_name(name)
    pinned = manager.pins().get(name)
    if pinned is None:
        raise PinError(
            f"{manager.settings.name} doesn't pin {name}: upgrade it without this command."
        )
    wanted = Raised(manager.name, name, pinned, found["version"])
    try:
        if wanted.ahead:
            known = before.get((wanted.manager, wanted.name), wanted)
            return replace(wanted, template=known.template)
    except InvalidVersion as error:
        raise PinError(f"{text}: {error}.") from None
    raise PinError(f"{name} is pinned to {pinned}: choose a higher version.")


def require_recorded_pins(root: Path, raised: Iterable[Raised]) -> None:
    """Check that `raised-pins.toml` agrees with the actual pins.

    Raises:
        PinError: They differ, for example because only some of the files were restored.
    """
    pinned = {manager.name: manager(root) for manager in MANAGERS}
    for each in raised:
        manager = pinned[each.manager]
        version = manager.pins().get(each.name)
        if version != each.version:
            raise PinError(
                f"{PINS_FILE} has {each.name} {each.version}, and {manager.settings.name} has "
                f"{version}: restore both, and {manager.locked.name}, from git's history."
            )


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Raise pins, or list those that are raised.

    Args:
        arguments: The pins to raise.
        root: The service's folder.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(
        prog="python3 dev.py pins",
        description="Raise pins, or list the raised pins if there are no arguments.",
    )
    parser.add_argument(
        "pins", nargs="*", metavar="PIN", help="NAME==VERSION, or npm's NAME@VERSION"
    )
    wanted = parser.parse_args(arguments).pins
    try:
        raised = raise_pins(root, wanted) if wanted else recorded(root)
        require_recorded_pins(root, raised)
    except PinError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for each in raised:
        print(each)
    if wanted:
        print("Next: python3 dev.py setup && python3 dev.py check, and commit the changes.")
    elif not raised:
        print("No pin is raised.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
