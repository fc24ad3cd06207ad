"""Import the modules of a handler part by part, and print time and memory of each.

`parts.py PARTS`: PARTS is JSON with a name and modules for each; `module:function(argument)` is
called.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path


def main(parts: dict[str, list[str]]) -> None:
    """Print each part's CPU time in ms and memory in MB, in JSON."""
    spent = {}
    before = (0.0, 0.0)
    for part, needed in parts.items():
        for each in needed:
            need(each)
        now = (time.process_time() * 1000, memory())
        spent[part] = [value - earlier for value, earlier in zip(now, before, strict=True)]
        before = now
    print(json.dumps(spent))


def need(what: str) -> None:
    """Import a module, or call a function of one."""
    module, _, call = what.partition(":")
    loaded = import_module(module)
    if call:
        function, _, argument = call.rstrip(")").partition("(")
        getattr(loaded, function)(argument)


def memory() -> float:
    """Return the process's memory, in MB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
