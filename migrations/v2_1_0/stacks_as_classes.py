"""Rewrite a service's stacks as classes.

If the team hasn't edited the lines that change, the part of `stack-classes.diff` for that file is
applied. A team's module is rewritten if no use of its `service` is ambiguous
(`migrations/former_stack.py`). Other modules work until 2.3.0, and are listed.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import libcst as cst
from aws_service_kit.update.git import Git
from aws_service_kit.update.migrations import Leftover
from aws_service_kit.update.patches import apply_patch, parts_of

from migrations.former_stack import FormerError, as_class
from migrations.order import contents, put_in_order
from migrations.rewriting import read, tracked, unread, write

STACKS = PurePosixPath("infrastructure/stacks")
# A stack before 2.1.0. A helper module may have another function `build`.
FORMER_ENTRY = re.compile(r"^(OFFERS|USES)\b", re.MULTILINE)
DIFF = Path(__file__).with_name("stack-classes.diff")
LISTED = "has the form before 2.1.0, which works until 2.3.0, and isn't rewritten: {}"


def migrate(root: Path) -> list[Leftover]:
    """Rewrite the modules in `infrastructure/stacks/`.

    Args:
        root: The service's folder, under git, without uncommitted changes.

    Returns:
        The unchanged modules, each with the ambiguous line.
    """
    git = Git(root)
    prefix = git("rev-parse", "--show-prefix").strip().rstrip("/") or "."
    there = set(tracked(root))
    for part in parts_of(DIFF.read_text(encoding="utf-8")):
        if PurePosixPath(part.path) in there:
            apply_patch(git, prefix, [part])
    before = contents(root)
    leftovers = [
        leftover
        for file in there
        if file.parent == STACKS and file.suffix == ".py" and file.stem != "__init__"
        for leftover in _rewrite(root, file)
    ]
    put_in_order(root, before)
    return leftovers


def _rewrite(root: Path, file: PurePosixPath) -> list[Leftover]:
    text = read(root / file)
    if text is None or FORMER_ENTRY.search(text) is None:
        return []
    try:
        new = as_class(text, file.stem)
    except FormerError as error:
        return [Leftover(str(file), error.line, LISTED.format(error))]
    except cst.ParserSyntaxError:
        return [unread(file)]
    write(root / file, new)
    return []
