"""List known vulnerabilities of the locked packages, and the command that fixes each one.

uv checks `uv.lock` against OSV's database, npm checks `package-lock.json` against its registry.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from aws_service_kit.project import ROOT
from aws_service_kit.update.pins import Npm, Python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

UV = (
    *("uv", "audit", "--quiet", "--frozen", "--output-format", "json"),
    *("--preview-features", "audit-command,json-output"),
)
NPM = ("npm", "audit", "--json", "--include=dev", "--loglevel=silent")
# The first version that isn't in npm's vulnerable range, such as 1.2.3 of ">=1.0.0 <1.2.3".
FIRST_FIXED = re.compile(r"<(\d[^\s<>=|]*)$")


class AuditError(Exception):
    """A vulnerability database can't be queried; the message says why."""


@dataclass(frozen=True)
class Finding:
    """A vulnerability of a locked package.

    Attributes:
        package: The package.
        version: The locked version.
        text: A description with a link.
        fix: The lowest later version with a fix, if one is known.
    """

    package: str
    version: str
    text: str
    fix: str | None


def of_python(root: Path, options: Sequence[str] = ()) -> Iterator[Finding]:
    """Find the vulnerabilities of Python packages.

    Args:
        root: The service's folder.
        options: More options of `uv audit`.

    Raises:
        AuditError: The database can't be queried.
    """
    report = _report((*UV, *options), root)
    for each in report["vulnerabilities"]:
        package, version = each["dependency"]["name"], each["dependency"]["version"]
        fixes = (Version(fix) for fix in each["fix_versions"])
        fix = min((fix for fix in fixes if fix > Version(version)), default=None)
        text = f"{each['display_id']}: {each['summary']} ({each['link']})"
        yield Finding(package, version, text, str(fix) if fix else None)
    for each in report["adverse_statuses"]:
        yield Finding(each["name"], "", f"the index calls this project {each['status']}", None)


def of_npm(root: Path) -> Iterator[Finding]:
    """Find the vulnerabilities of npm's packages.

    Raises:
        AuditError: The registry can't be queried.
    """
    versions = Npm(root).pins()
    for package, found in _report(NPM, root)["vulnerabilities"].items():
        for each in found["via"]:
            if isinstance(each, dict):  # a string names the vulnerable dependency of this package
                fix = FIRST_FIXED.search(each["range"])
                text = f"{each['title']}, in {each['range']} ({each['url']})"
                yield Finding(package, versions[package], text, fix[1] if fix else None)


def _report(command: Sequence[str], root: Path) -> dict[str, Any]:
    """Run an audit and return its report.

    The exit code isn't checked: it is 1 if there are findings.

    Raises:
        AuditError: The audit writes no report.
    """
    program = shutil.which(command[0])
    if program is None:
        raise AuditError(f"{command[0]} isn't installed: run `python3 dev.py setup` first.")
    result = subprocess.run(  # noqa: S603 - uv or npm of the environment
        [program, *command[1:]], cwd=root, capture_output=True, text=True, check=False
    )
    try:
        report: dict[str, Any] = json.loads(result.stdout)
    except ValueError:
        report = {}
    if "vulnerabilities" not in report:
        reason = report.get("message") or result.stderr.strip()
        raise AuditError(f"`{command[0]} audit` failed: {reason}")
    return report


def advice(findings: Iterable[Finding], manager: Python | Npm) -> Iterator[str]:
    """Describe the findings, grouped by package with the command that raises it."""
    by_package: dict[str, list[Finding]] = {}
    for each in findings:
        by_package.setdefault(each.package, []).append(each)
    pins = manager.pins()
    for package, found in by_package.items():
        yield from (f"{package} {each.version}: {each.text}" for each in found)
        fixes = [each.fix for each in found if each.fix is not None]
        if len(fixes) < len(found):
            yield "  No version with a fix is known."
        elif package in pins:
            fix = max(fixes, key=Version)
            yield f"  Fixed by: python3 dev.py pins {package}{manager.separator}{fix}"
        else:
            yield f"  Fixed by: .venv/bin/uv lock --upgrade-package {package}"


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """List vulnerable packages.

    Args:
        arguments: The command line's.
        root: The service's folder.

    Returns:
        The exit code: 0 only if both databases were queried and report nothing.
    """
    parser = argparse.ArgumentParser(prog="python3 dev.py audit", description=__doc__)
    parser.add_argument("--service-url", help="the URL of another database with OSV's API")
    url = parser.parse_args(arguments).service_url
    options = ["--service-url", url] if url else []
    audits = ((Python(root), of_python(root, options)), (Npm(root), of_npm(root)))
    clean = True
    for manager, findings in audits:
        try:
            lines = list(advice(findings, manager))
        except AuditError as error:
            print(f"error: {error}", file=sys.stderr)
            clean = False
            continue
        print("\n".join(lines) or f"{manager.locked.name}: no vulnerability is known.")
        clean = clean and not lines
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
