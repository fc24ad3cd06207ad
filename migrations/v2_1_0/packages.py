"""Turn the modules of ports and of factories into packages.

A stack that is chosen later adds its ports and factories as modules of these packages.
"""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from aws_service_kit.update.git import Git
from aws_service_kit.update.migrations import Leftover

from migrations.order import TEMPLATE, contents, put_in_order
from migrations.rewriting import move_files, rename_modules

MODULES = {
    "service.adapters.wiring": "service.adapters.factories.storage",
    "tests.unit.adapters.test_wiring": "tests.unit.adapters.test_factories",
}
FILES = {
    PurePosixPath(old): PurePosixPath(new)
    for old, new in (
        ("src/service/adapters/wiring.py", "src/service/adapters/factories/storage.py"),
        ("src/service/domain/ports.py", "src/service/domain/ports/__init__.py"),
        ("tests/unit/adapters/test_wiring.py", "tests/unit/adapters/test_factories.py"),
    )
}
PACKAGE = PurePosixPath("src/service/adapters/factories/__init__.py")


def migrate(root: Path) -> list[Leftover]:
    """Move the two modules, and rename them in imports.

    Args:
        root: The service's folder, under git.

    Returns:
        The places that need manual work.
    """
    before = contents(root)
    leftovers = [*rename_modules(root, MODULES), *move_files(root, FILES)]
    package = root / PACKAGE
    if package.parent.is_dir() and not package.exists():
        shutil.copy(TEMPLATE / PACKAGE, package)
        Git(root)("add", "--force", "--", PACKAGE)
    put_in_order(root, before)
    return leftovers
