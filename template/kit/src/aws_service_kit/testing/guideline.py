"""What tests prove, and which AWS calls the code makes meanwhile, written down for the controls.

Name it in a `conftest.py`: `pytest_plugins = ["aws_service_kit.testing.guideline"]`. It writes only
where it is asked to, by `--guideline-evidence NAME`.
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
# What every method of every client of botocore does.
CALL = "_make_api_call"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that asks for the evidence."""
    parser.addoption("--guideline-evidence", metavar="NAME", help="write evidence for the controls")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, and start to write if that is wanted."""
    config.addinivalue_line("markers", f"{MARK}(*items): proves these lines of the guideline")
    name = config.getoption("--guideline-evidence")
    if name is not None:
        config.pluginmanager.register(Recorder(config.rootpath, name), "guideline-recorder")


class Recorder:
    """Writes down how the marked tests ended and what the code below `src` asked of AWS."""

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._path = root / FOLDER / f"tests-{name}.json"
        self._proofs: dict[str, dict[str, str]] = defaultdict(dict)
        self._calls: dict[str, set[str]] = defaultdict(set)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self) -> Iterator[None]:
        """Listen to every call that a client makes."""
        yield
        # Only who records needs the SDK and the evidence.
        from botocore.client import BaseClient  # noqa: PLC0415

        from aws_service_kit.controls.evidence.actions import needed  # noqa: PLC0415

        call = getattr(BaseClient, CALL)

        def listening(client: Any, operation: str, parameters: Any) -> Any:  # noqa: ANN401
            service = client.meta.service_model.service_name
            self._heard(needed(service, operation, parameters))
            return call(client, operation, parameters)

        setattr(BaseClient, CALL, listening)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Hand the marks on to the reports."""
        for mark in item.iter_markers(MARK):
            item.user_properties.extend((MARK, name) for name in mark.args)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a marked test ended; what fails in any phase, failed."""
        for key, item in report.user_properties:
            if key == MARK and (report.when == "call" or report.outcome != "passed"):
                test = self._proofs[str(item)]
                if test.get(report.nodeid, "passed") == "passed":
                    test[report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the evidence."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "guideline": {item: self._proofs[item] for item in sorted(self._proofs)},
            "calls": {module: sorted(self._calls[module]) for module in sorted(self._calls)},
        }
        self._path.write_text(json.dumps(content, indent=2), encoding="utf-8")

    def _heard(self, actions: Set[str]) -> None:
        for module in set(self._modules()):
            self._calls[module] |= actions

    def _modules(self) -> Iterator[str]:
        """Yield the modules below `src` through which the present call went.

        A decorated handler needn't run itself: what a decorator wraps stands among the variables of
        its wrapper, under the name of the handler's module.
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
