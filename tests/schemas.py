"""CloudFormation's resource schemas, which cfn-lint ships."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any


def schemas() -> Iterator[dict[str, Any]]:
    """Yield every schema; some types have several, for different regions."""
    for path in files("cfnlint").joinpath("data", "schemas", "resources").iterdir():
        if path.name.endswith(".json"):
            yield json.loads(path.read_text(encoding="utf-8"))
