"""Whether a version of the template is authentic, verified before any code of the template runs.

An update runs code of two versions: of the one that it takes, and of the one that the service
records, which it renders once more. Both have to be releases of the recorded template.
`tooling/template.toml` records which template that is, and who signs its releases. It is a file of
the service's own, so updates leave it alone, and what the default branch has of it decides.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

# Copier's own rule for tags that are versions, of which it has no public function.
from copier._vcs import valid_version

from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import Git
from aws_service_kit.update.service import ANSWERS

if TYPE_CHECKING:
    from aws_service_kit.update.service import Service

RECORD = Path("tooling", "template.toml")
# Where git keeps the default branch of `origin`; a checkout of GitHub Actions has the branch alone.
# In full, since a tag may be called origin/main too.
REMOTE = "refs/remotes/"
DEFAULT_BRANCHES = tuple(f"{REMOTE}origin/{name}" for name in ("HEAD", "main", "master"))
SIGNERS = "allowed_signers"
# Git chooses the program by the signature, and a keyring knows more keys than the allowed signers.
NO_KEYRINGS = ("gpg.openpgp.program=false", "gpg.x509.program=false")


@dataclass(frozen=True)
class Origin:
    """Where the service's releases come from.

    Attributes:
        template: The template's address, as the answers name it.
        signers: Who may sign its releases, as lines of git's allowed signers. If there are none,
            no signature is demanded.
        branch: The branch that says so; `HEAD` is the one that is checked out.
    """

    template: str
    signers: tuple[str, ...]
    branch: str


def origin_of(service: Service) -> Origin:
    """Find out where the service's releases come from.

    Args:
        service: The service, whose answers name a template.

    Returns:
        What its default branch says; without one, what the branch that is checked out says.

    Raises:
        UpdateError: The branch that is checked out names another template.
    """
    git = Git(service.root)
    branch = _default_branch(git)
    if branch is None:
        print(
            "No default branch of `origin` is known here: only this branch says which template is "
            "the service's.",
            file=sys.stderr,
        )
    here = _read(git, "HEAD") or Origin(service.template, (), "HEAD")
    origin = (_read(git, branch) if branch else None) or here
    if service.template != here.template:
        raise UpdateError(
            f"{ANSWERS} names the template {service.template}, but {RECORD} names {here.template}: "
            "restore _src_path, or, if the template has moved, change both in a reviewed commit."
        )
    if here.template != origin.template:
        raise UpdateError(
            f"This branch names the template {here.template}, but {origin.branch} names "
            f"{origin.template}: restore it, or, if the template has moved, merge that change "
            "there first, and `git fetch`."
        )
    return origin


def verify(git: Git, version: str, service: Service, origin: Origin) -> None:
    """Verify the version that is taken and the one that the service records.

    Args:
        git: Git in a fresh clone of the template, whose HEAD is still the default branch.
        version: The version that is taken.
        service: The service, which records a version.
        origin: Who may sign releases.

    Raises:
        UpdateError: One of them isn't an authentic release. Nothing was changed.
    """
    _require_release(git, version, version)
    _require_signature(git, version, origin)
    recorded = service.commit
    if recorded == version:
        return
    _require_release(git, recorded, f"The version {recorded} that {ANSWERS} records")
    # What a signed release was made from is authentic by its hash: earlier ones needn't be signed.
    if not git.succeeds("merge-base", "--is-ancestor", _tag(recorded), _tag(version)):
        _require_signature(git, recorded, origin)


def _default_branch(git: Git) -> str | None:
    for branch in DEFAULT_BRANCHES:
        if git.succeeds("rev-parse", "--verify", "--quiet", branch):
            return branch
    return None


def _read(git: Git, branch: str) -> Origin | None:
    """Read what a branch records; before there was a record, the answers named the template.

    Raises:
        UpdateError: The record can't be read.
    """
    record, answers = (_committed(git, branch, path) for path in (RECORD.as_posix(), ANSWERS))
    if record is None and answers is None:
        return None
    name = branch.removeprefix(REMOTE)
    try:
        if record is None:
            return Origin(str(yaml.safe_load(answers or "")["_src_path"]), (), name)
        return Origin(**_record(record), branch=name)
    except (ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise UpdateError(
            f"{ANSWERS if record is None else RECORD} of {name} can't be read "
            f"({' '.join(str(error).split())}): restore it from git's history."
        ) from None


def _record(text: str) -> dict[str, Any]:
    """Read the record; a key that is misspelt must not mean that no signature is demanded.

    Raises:
        ValueError: It isn't TOML of the two keys.
    """
    match tomllib.loads(text):
        case {"source": str(source), "signers": [*signers], **others} if not others:
            return {"template": source, "signers": tuple(map(str, signers))}
    raise ValueError('it holds source = "the template" and signers = [], nothing else')


def _committed(git: Git, branch: str, path: str) -> str | None:
    name = f"{branch}:./{path}"
    return git("show", name) if git.succeeds("cat-file", "-e", name) else None


def _tag(version: str) -> str:
    return f"refs/tags/{version}"


def _require_release(git: Git, version: str, title: str) -> None:
    """Refuse what isn't the tag of a version on the template's default branch.

    Raises:
        UpdateError: It isn't.
    """
    if not (valid_version(version) and git.succeeds("show-ref", "--verify", _tag(version))):
        raise UpdateError(
            f"{title} isn't a release of the template. Nothing was changed. "
            "If you trust that code as your own, add --unreleased."
        )
    if not git.succeeds("merge-base", "--is-ancestor", _tag(version), "HEAD"):
        raise UpdateError(
            f"{title} isn't on the template's default branch, so it isn't a release, though it has "
            "a tag. Nothing was changed. Report it to the template's maintainers."
        )


def _require_signature(git: Git, version: str, origin: Origin) -> None:
    """Refuse a tag that none of the allowed signers has signed, if there are any.

    Raises:
        UpdateError: It isn't signed, or under another name.
    """
    if not origin.signers:
        return
    allowed = git.folder.parent / SIGNERS
    allowed.write_text("\n".join(origin.signers) + "\n", encoding="utf-8")
    verifying = Git(git.folder, f"gpg.ssh.allowedSignersFile={allowed}", *NO_KEYRINGS)
    try:
        verifying("verify-tag", _tag(version))
        # The name is signed too: else an old signature could stand behind a new name.
        name = git("for-each-ref", "--format=%(tag)", _tag(version)).strip()
        reason = "" if name == version else f"it is the tag {name}"
    except UpdateError as error:
        reason = " ".join(str(error).split())
    if reason:
        raise UpdateError(
            f"The template's tag {version} isn't signed by a signer that {RECORD} of "
            f"{origin.branch} allows: {reason}. Nothing was changed."
        )
