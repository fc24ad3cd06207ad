"""Import a handler, invoke it with the event on standard input, and print what it loads."""

import importlib
import json
import sys
from pathlib import Path

from invoke import Context  # type: ignore[import-not-found]  # in this folder

DATA = (".json", ".gz", ".pem")


def main(module: str) -> None:
    """Print the response, the modules and the data files in JSON."""
    before = set(sys.modules)
    opened: dict[str, int] = {}

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and str(arguments[0]).endswith(DATA):
            path = Path(str(arguments[0]))
            opened[str(path)] = path.stat().st_size if path.exists() else 0

    sys.addaudithook(watch)
    response = importlib.import_module(module).handler(json.load(sys.stdin), Context())
    modules = sorted(set(sys.modules) - before)
    print(json.dumps({"response": response, "modules": modules, "data": opened}))


if __name__ == "__main__":
    main(sys.argv[1])
