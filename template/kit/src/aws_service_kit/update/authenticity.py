"""Verify that a version of the template is authentic before any of its code runs.

An update runs code of two versions: the new one, and the service's current one, which it renders
again. Both must be releases of the service's template. `tooling/template.toml` names the template
and the allowed signers of its releases. The service owns the file, so updates don't change it. Its
content on the default branch is used. The kit contains the organisation's signers, which can only
restrict the service's list. So an update can't allow the signer of that update.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

# Copier's rule for version tags, which has no public function.
from copier._vcs import valid_version

from aws_service_kit.controls.organisation import ORGANISATION
from aws_service_kit.dev.default_branch import REMOTE, default_branch
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import Git
from aws_service_kit.update.service import ANSWERS

if TYPE_CHECKING:
    from aws_service_kit.update.service import ServiceCheckout

TEMPLATE_FILE = Path("tooling", "template.toml")
SIGNERS = "allowed_signers"
# An SSH public key: its encoding begins with the length of a short name.
KEY = re.compile(r"(?<=\s)AAAA[0-9A-Za-z+/]+=*")
# Git chooses the program by the signature's format, and a keyring may contain other keys.
NO_KEYRINGS = ("gpg.openpgp.program=false", "gpg.x509.program=false")


@dataclass(frozen=True)
class Origin:
    """The source of the service's releases.

    Attributes:
        template: The template's URL, as in the answers.
        signers: The allowed signers of its releases, as lines of git's allowed signers file.
            Without any, no signature is required.
        branch: The branch that this was read from; `HEAD` is the current branch.
    """

    template: str
    signers: tuple[str, ...]
    branch: str


def origin_of(service: ServiceCheckout) -> Origin:
    """Return the source of the service's releases.

    Args:
        service: The service with its answers.

    Returns:
        The content of `tooling/template.toml` on the default branch, or else on the current branch.

    Raises:
        UpdateError: The current branch names another template, or the organisation allows none of
            the signers.
    """
    git = Git(service.root)
    branch = default_branch(git.succeeds)
    if branch is None:
        print(
            "The default branch of `origin` isn't known here, so the template is read from this "
            "branch only.",
            file=sys.stderr,
        )
    here = _read(git, "HEAD") or Origin(service.template, (), "HEAD")
    origin = (_read(git, branch) if branch else None) or here
    if service.template != here.template:
        raise UpdateError(
            f"{ANSWERS} names the template {service.template}, but {TEMPLATE_FILE} names "
            f"{here.template}: restore _src_path, or, if the template has moved, change both in a "
            "reviewed commit."
        )
    if here.template != origin.template:
        raise UpdateError(
            f"This branch names the template {here.template}, but {origin.branch} names "
            f"{origin.template}: restore it, or, if the template has moved, merge that change "
            "there first, and `git fetch`."
        )
    return replace(origin, signers=narrowed(origin.signers, ORGANISATION.signers))


def narrowed(signers: tuple[str, ...], organisation: tuple[str, ...]) -> tuple[str, ...]:
    """Return those signers of a service whose keys the organisation also allows.

    Args:
        signers: The signers that the service allows; empty allows every signer.
        organisation: The signers that the organisation allows; empty restricts nothing.

    Raises:
        UpdateError: No signer is left. An empty list would accept unsigned releases.
    """
    if not organisation or not signers:
        return signers or organisation
    allowed = {key for line in organisation for key in KEY.findall(line)}
    left = tuple(line for line in signers if not allowed.isdisjoint(KEY.findall(line)))
    if not left:
        raise UpdateError(
            f"The organisation allows none of the signers in {TEMPLATE_FILE}: in a reviewed "
            "commit, add a signer that aws_service_kit/controls/organisation.toml lists."
        )
    return left


def verify(git: Git, version: str, service: ServiceCheckout, origin: Origin) -> None:
    """Verify the new version and the service's recorded version.

    Args:
        git: Git in a fresh clone of the template, with HEAD at the default branch.
        version: The new version.
        service: The service with its recorded version.
        origin: The source of the releases, with the allowed signers.

    Raises:
        UpdateError: One of them isn't an authentic release. Nothing was changed.
    """
    _require_release(git, version, version)
    _require_signature(git, version, origin)
    recorded = service.commit
    if recorded == version:
        return
    _require_release(git, recorded, f"The version {recorded} in {ANSWERS}")
    # Ancestors of a signed release are authentic by its hash, so earlier releases need no
    # signature.
    if not git.succeeds("merge-base", "--is-ancestor", _tag(recorded), _tag(version)):
        _require_signature(git, recorded, origin)


def verify_recorded(git: Git, _version: str, service: ServiceCheckout, origin: Origin) -> None:
    """Verify the service's recorded version, for a command that runs no other version.

    Args:
        git: As for `verify`.
        _version: The recorded version.
        service: The service.
        origin: The source of the releases. With allowed signers, the version must be a release.
            Without any, it may be any commit of the template's default branch.

    Raises:
        UpdateError: It isn't authentic. Nothing was changed.
    """
    if origin.signers:
        verify(git, service.commit, service, origin)
    elif not git.succeeds("merge-base", "--is-ancestor", f"{service.commit}^{{commit}}", "HEAD"):
        raise UpdateError(
            f"The version {service.commit} in {ANSWERS} isn't on the template's default branch. "
            "Nothing was changed. If you trust that code, add --unreleased."
        )


def _read(git: Git, branch: str) -> Origin | None:
    """Read `tooling/template.toml` of a branch; older services name the template in their answers.

    Raises:
        UpdateError: The file can't be read.
    """
    paths = (TEMPLATE_FILE.as_posix(), ANSWERS)
    content, answers = (_committed(git, branch, path) for path in paths)
    if content is None and answers is None:
        return None
    name = branch.removeprefix(REMOTE)
    try:
        if content is None:
            return Origin(str(yaml.safe_load(answers or "")["_src_path"]), (), name)
        return Origin(**_parsed(content), branch=name)
    except (ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise UpdateError(
            f"{ANSWERS if content is None else TEMPLATE_FILE} of {name} can't be read "
            f"({' '.join(str(error).split())}): restore it from git's history."
        ) from None


def _parsed(text: str) -> dict[str, Any]:
    """Parse `tooling/template.toml` strictly: a misspelt key must not disable the signatures.

    Raises:
        ValueError: It isn't TOML with the two keys.
    """
    match tomllib.loads(text):
        case {"source": str(source), "signers": [*signers], **others} if not others:
            return {"template": source, "signers": tuple(map(str, signers))}
    raise ValueError('it must have source = "the template" and signers = [], nothing else')


def _committed(git: Git, branch: str, path: str) -> str | None:
    name = f"{branch}:./{path}"
    return git("show", name) if git.succeeds("cat-file", "-e", name) else None


def _tag(version: str) -> str:
    return f"refs/tags/{version}"


def _require_release(git: Git, version: str, title: str) -> None:
    """Reject a version that isn't a version tag on the template's default branch.

    Raises:
        UpdateError: It isn't a release.
    """
    if not (valid_version(version) and git.succeeds("show-ref", "--verify", _tag(version))):
        raise UpdateError(
            f"{title} isn't a release of the template. Nothing was changed. "
            "If you trust that code, add --unreleased."
        )
    if not git.succeeds("merge-base", "--is-ancestor", _tag(version), "HEAD"):
        raise UpdateError(
            f"{title} isn't on the template's default branch, so it isn't a release, though it has "
            "a tag. Nothing was changed. Report it to the template's maintainers."
        )


def _require_signature(git: Git, version: str, origin: Origin) -> None:
    """Reject a tag without a signature of an allowed signer, if there are allowed signers.

    Raises:
        UpdateError: It isn't signed, or the signature is for another name.
    """
    if not origin.signers:
        return
    allowed = git.folder.parent / SIGNERS
    allowed.write_text("\n".join(origin.signers) + "\n", encoding="utf-8")
    verifying = Git(git.folder, f"gpg.ssh.allowedSignersFile={allowed}", *NO_KEYRINGS)
    try:
        verifying("verify-tag", _tag(version))
        # The signed name must match, so that an old signature isn't accepted for a new name.
        name = git("for-each-ref", "--format=%(tag)", _tag(version)).strip()
        reason = "" if name == version else f"it is the tag {name}"
    except UpdateError as error:
        reason = " ".join(str(error).split())
    if reason:
        raise UpdateError(
            f"The template's tag {version} isn't signed by a signer that {TEMPLATE_FILE} of "
            f"{origin.branch} allows: {reason}. Nothing was changed."
        )
