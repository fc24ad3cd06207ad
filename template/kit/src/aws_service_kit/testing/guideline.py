"""pytest plugin that collects results of marked tests and AWS calls of code, for the controls.

Add it to a `conftest.py`: `pytest_plugins = ["aws_service_kit.testing.guideline"]`. It writes only
with the option `--guideline-evidence NAME`.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Set
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import pytest

from aws_service_kit.controls.verdict import FOLDER

MARK = "guideline"
# The function that every method of botocore's clients calls.
CALL = "_make_api_call"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--guideline-evidence`."""
    parser.addoption("--guideline-evidence", metavar="NAME", help="write evidence for the controls")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and start recording if the option is given."""
    config.addinivalue_line("markers", f"{MARK}(*items): verifies these items of the guideline")
    name = config.getoption("--guideline-evidence")
    if name is not None:
        config.pluginmanager.register(Recorder(config.rootpath, name), "guideline-recorder")


class Recorder:
    """Collects results of marked tests, and AWS calls of the code below `src`."""

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._path = root / FOLDER / f"tests-{name}.json"
        self._results: dict[str, dict[str, str]] = defaultdict(dict)
        self._calls: dict[str, set[str]] = defaultdict(set)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self) -> Iterator[None]:
        """Collect every call of a client."""
        yield
        # Imported here, since only recording needs the SDK and the evidence.
        from botocore.client import BaseClient  # noqa: PLC0415

        from aws_service_kit.controls.evidence.actions import needed  # noqa: PLC0415

        call = getattr(BaseClient, CALL)

        def recording(client: Any, operation: str, parameters: Any) -> Any:  # noqa: ANN401
            service = client.meta.service_model.service_name
            self._add_calls(needed(service, operation, parameters))
            return call(client, operation, parameters)

        setattr(BaseClient, CALL, recording)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Add the markers' arguments to the reports."""
        for mark in item.iter_markers(MARK):
            item.user_properties.extend((MARK, name) for name in mark.args)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the result of a marked test; a failure in any phase counts."""
        for key, item in report.user_properties:
            if key == MARK and (report.when == "call" or report.outcome != "passed"):
                test = self._results[str(item)]
                if test.get(report.nodeid, "passed") == "passed":
                    test[report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the evidence file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "guideline": {item: self._results[item] for item in sorted(self._results)},
            "calls": {module: sorted(self._calls[module]) for module in sorted(self._calls)},
        }
        self._path.write_text(json.dumps(content, indent=2), encoding="utf-8")

    def _add_calls(self, actions: Set[str]) -> None:
        for module in set(self._modules()):
            self._calls[module] |= actions

    def _modules(self) -> Iterator[str]:
        """Yield the modules below `src` in the current call stack.

        They include the module of a decorated handler, which isn't in the call stack. It is found
        by the wrapper's local variables, which contain the wrapped function.
        """
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            if self._is_code(frame.f_code.co_filename):
                yield str(frame.f_globals["__name__"])
            for value in frame.f_locals.values():
                if isinstance(value, FunctionType) and hasattr(value, "__wrapped__"):
                    module = sys.modules.get(value.__module__)
                    if self._is_code(getattr(module, "__file__", None) or ""):
                        yield value.__module__
            frame = frame.f_back

    def _is_code(self, path: str) -> bool:
        return path.startswith(f"{self._root / 'src'}{os.sep}")
