"""Make classes of a service's stacks.

A file that nobody has edited in the lines that change becomes that of this release, by the part of
`stack-classes.diff` for it. A team's module is rewritten if each use of its `service` says what it
means (`migrations/former_stack.py`). Any other works on until 2.3.0, and is listed.
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
# A stack before 2.1.0; a helper module beside it may have a function `build` of its own.
FORMER_ENTRY = re.compile(r"^(OFFERS|USES)\b", re.MULTILINE)
DIFF = Path(__file__).with_name("stack-classes.diff")
LISTED = "has the form of before 2.1.0, which works until 2.3.0, and isn't rewritten: {}"


def migrate(root: Path) -> list[Leftover]:
    """Rewrite the modules in `infrastructure/stacks/`.

    Args:
        root: The service's folder, under git, without uncommitted changes.

    Returns:
        The modules that are left as they are, each with the line that says too little.
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
