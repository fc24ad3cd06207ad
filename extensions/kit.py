"""The source of a service's kit: the folder `kit/`, or the template's repository.

By git, the kit is pinned to the rendered commit of the template. Other computers must be able to
read that commit. So a template in a local folder is rejected, such as a clone with uncommitted
work.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from copier.errors import UserMessageError
from copier_template_extensions import ContextHook

FOLDER = "template/kit"
VENDORED = '{ path = "kit", editable = true }'
REJECTED = (
    "kit=git needs a template that other machines can read: make the service from the template's "
    "URL (https:// or ssh), or answer kit=vendored"
)
# Copier's short forms, and its prefix for addresses that aren't recognised as git's.
SHORT = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
PREFIX = "git+"
SCP = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[\w.-]+):/*(?P<path>[^/].*)")
SCHEMES = {"https", "ssh"}


class Kit(ContextHook):
    """Adds the source and the folder of the kit to the context of templates."""

    def hook(self, context: dict[str, Any]) -> None:
        """Add `kit_source`, an inline table of TOML, and `kit_folder`, a path or URL.

        Raises:
            UserMessageError: The template's address or commit isn't usable by git.
        """
        by_git = context.get("kit") == "git"
        context["kit_source"], context["kit_folder"] = VENDORED, "kit"
        if by_git:
            repository = repository_of(context["_copier_answers"].get("_src_path"))
            commit = context["_copier_conf"]["vcs_ref_hash"]
            if not repository or not commit:
                raise UserMessageError(REJECTED)
            context["kit_source"] = source(repository, commit)
            context["kit_folder"] = web_address(repository, commit)


def repository_of(template: object) -> str | None:
    """Translate the template's address, as Copier stores it, for uv.

    Args:
        template: The address, such as `gh:acme/template`.

    Returns:
        A URL without credentials; None for a local folder or file.
    """
    address = str(template).removeprefix(PREFIX)
    for short, host in SHORT.items():
        if address.startswith(short):
            path = address.removeprefix(short).strip("/").removesuffix(".git")
            return f"{host}{path}.git"
    if scp := SCP.fullmatch(address):
        return f"ssh://{scp['user']}@{scp['host']}/{scp['path']}"
    url = urlsplit(address)
    if url.scheme not in SCHEMES or not url.hostname:
        return None
    # Removes a user's credentials; with ssh, the user is a part of the address.
    place = url.netloc if url.scheme == "ssh" else url.netloc.rpartition("@")[2]
    return url._replace(netloc=place).geturl()


def source(repository: str, commit: str) -> str:
    """Return the kit's source for `[tool.uv.sources]`."""
    values = {"git": repository, "rev": commit, "subdirectory": FOLDER}
    return f"{{ {', '.join(f'{name} = {json.dumps(value)}' for name, value in values.items())} }}"


def web_address(repository: str, commit: str) -> str:
    """Return the web address of the kit at a commit, in the form of GitHub and GitLab."""
    url = urlsplit(repository)
    host = url.hostname if url.scheme == "ssh" else url.netloc
    blob = "-/blob" if "gitlab" in (host or "") else "blob"
    return f"https://{host}{url.path.removesuffix('.git')}/{blob}/{commit}/{FOLDER}"
