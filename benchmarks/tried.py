"""Tried variants for a faster and smaller start of a handler, compared with the current version."""

from __future__ import annotations

import dataclasses
import functools
import gzip
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import aws, instructions, services
from benchmarks.cold_start import Code
from benchmarks.kernel import Row, ratios, rounds
from benchmarks.lambda_runtime import Function, measure

NAME = "submit, queued"
ROUNDS = 30
SHIPPED = "as shipped"
SDK_DATA = Path("sdk_data")
Change = Callable[[Path], None]


def run() -> Iterator[Row]:
    """Measure the variants in turn, and count their instructions, which show small differences."""
    with tempfile.TemporaryDirectory() as folder, aws.plain() as endpoint:
        shipped = Code(Path(folder)).functions(endpoint)[NAME]
        variants = {SHIPPED: shipped, **changed(shipped, Path(folder))}
        counts = {name: instructions.cold(variant, seed=1) for name, variant in variants.items()}
        contenders = {
            name: functools.partial(measure, function, warm=1)
            for name, function in variants.items()
        }
        costs = rounds(contenders, ROUNDS)
    cold = [cost.cold for cost in costs[SHIPPED]]
    memory = [cost.memory for cost in costs[SHIPPED]]
    for name in list(variants)[1:]:
        measured = costs[name]
        time = ratios([cost.cold for cost in measured], cold)
        yield Row(f"CPU, {name}", SHIPPED, "×", time)
        yield Row(f"instructions, {name}", SHIPPED, "×", (counts[name] / counts[SHIPPED],))
        yield Row(
            f"memory, {name}", SHIPPED, "×", ratios([cost.memory for cost in measured], memory)
        )


def changed(shipped: Function, folder: Path) -> Mapping[str, Function]:
    """Return the variants."""
    bundles: Mapping[str, Change] = {
        "the SDK's data of all services": _without_data,
        "the endpoints of all services": _all_endpoints,
        "the SDK's data with documentation": _with_documentation,
        "the SDK's ordered dictionaries": _ordered,
        "collections during init": _collecting,
        "without docstrings": _without_docstrings,
    }
    functions = {
        name: _with_bundle(shipped, folder / f"variant-{number}", change)
        for number, (name, change) in enumerate(bundles.items())
    }
    without_plugins = {**shipped.environment, "PYDANTIC_DISABLE_PLUGINS": "__all__"}
    functions["without pydantic's search for plugins"] = dataclasses.replace(
        shipped, environment=without_plugins
    )
    return functions


def _without_data(bundle: Path) -> None:
    shutil.rmtree(bundle / SDK_DATA)


def _all_endpoints(bundle: Path) -> None:
    shutil.copy2(bundle / "botocore" / "data" / "endpoints.json", bundle / SDK_DATA)


def _with_documentation(bundle: Path) -> None:
    for service in (bundle / SDK_DATA).iterdir():
        if service.is_dir():
            shutil.rmtree(service)
            shutil.copytree(bundle / "botocore" / "data" / service.name, service)
            for packed in service.rglob("*.gz"):
                packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))


def _ordered(bundle: Path) -> None:
    clients = bundle / "aws_service_kit" / "runtime" / "clients.py"
    shipped = clients.read_text(encoding="utf-8")
    changed = shipped.replace("file_loader=_PlainFiles()", "file_loader=None")
    if changed == shipped:
        raise ValueError(f"{clients} reads the SDK's data otherwise")
    clients.write_text(changed, encoding="utf-8")
    services.compile_folder(bundle / "aws_service_kit")


def _collecting(bundle: Path) -> None:
    for handler in (bundle / "service" / "handlers").glob("*.py"):
        shipped = handler.read_text(encoding="utf-8")
        handler.write_text(
            shipped.replace("cold_start.defer_garbage_collection()\n", ""), encoding="utf-8"
        )
    services.compile_folder(bundle / "service")


def _without_docstrings(bundle: Path) -> None:
    for compiled in list(bundle.rglob("__pycache__")):
        shutil.rmtree(compiled)
    services.compile_folder(bundle, optimize=2)
    for path in bundle.rglob("*.opt-2.pyc"):
        path.rename(path.with_name(path.name.replace(".opt-2", "")))


def _with_bundle(function: Function, folder: Path, change: Change) -> Function:
    bundle, *others = function.folders
    shutil.copytree(bundle, folder)
    change(folder)
    return dataclasses.replace(function, folders=(folder, *others))
