"""A smaller copy of the SDK's data, for the services that the code uses.

A client needs only the data of its service, but the SDK lists the folders of all 400 services twice
and reads all endpoints. That takes a quarter of a cold start. Four fifths of a service's data are
documentation and indentation. So a bundle contains a second copy of the data, without documentation
and indentation, for the services whose names are in its code. `runtime.clients` reads that copy.
Clients of other services, or with names computed at run time, use the SDK's data.
"""

import ast
import gzip
import json
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

FOLDER = "sdk_data"
ENDPOINTS = "endpoints.json"


def add_sdk_data(bundle: Path) -> None:
    """Add to a bundle the data of the services that its code names."""
    data, target = bundle / "botocore" / "data", bundle / FOLDER
    known = {path.name for path in data.iterdir() if path.is_dir()}
    code = (bundle / "service", bundle / "aws_service_kit")
    names = sorted(known.intersection(chain.from_iterable(map(texts, code))))
    target.mkdir()
    for path in data.glob("*.json"):
        shutil.copy2(path, target)
    for name in names:
        for path in (data / name).rglob("*.json*"):
            copy_without_documentation(path, target / path.relative_to(data))
    keep_endpoints(target / ENDPOINTS, {endpoint_prefix(data, name) for name in names})


def texts(package: Path) -> Iterator[str]:
    """Yield every string in a package's code."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def copy_without_documentation(source: Path, target: Path) -> None:
    """Copy a file of the SDK's data, compressed or not, without documentation and indentation."""
    text = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    # The SDK may read the documentation, so it is emptied instead of removed.
    read = json.loads(text, object_hook=without_documentation)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.with_name(source.name.removesuffix(".gz")).write_text(compact(read), encoding="utf-8")


def without_documentation(data: dict[str, Any]) -> dict[str, Any]:
    """Empty an object's documentation text; a member of that name is an object and stays."""
    if isinstance(data.get("documentation"), str):
        data["documentation"] = ""
    return data


def compact(data: object) -> str:
    """Return JSON without whitespace."""
    return json.dumps(data, separators=(",", ":"))


def endpoint_prefix(data: Path, name: str) -> str:
    """Return the name of a service in the SDK's endpoints."""
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    version = loader.determine_latest_version(name, "service-2")
    prefix: str = loader.load_data(f"{name}/{version}/service-2")["metadata"]["endpointPrefix"]
    return prefix


def keep_endpoints(path: Path, prefixes: set[str]) -> None:
    """Reduce a file of the SDK's endpoints to the given services."""
    endpoints = json.loads(path.read_bytes())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in prefixes}
    path.write_text(compact(endpoints), encoding="utf-8")
