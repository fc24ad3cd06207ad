"""Generate the reference of the kit's public API from its docstrings.

`python -m tests.reference` writes `template/kit/reference/`; a test fails if it is stale.
"""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import griffe
from ruff import find_ruff_bin

from tests.programs import ROOT

KIT = ROOT / "template" / "kit"
FOLDER = KIT / "reference"
PACKAGE = "aws_service_kit"
# Copies of modules of an earlier release, for tests with its messages.
FROZEN = "testing.release_1_5_0"
# Keywords of earlier releases.
FORMER = ", **former: Unpack[Former]"
SUITES = ".testing.suites."
WIDEST = 96

NOTE = "<!-- Made by `python -m tests.reference` in the template's repository. -->\n"
INDEX = f"""\
{NOTE}# Reference

The public API of the kit, `{PACKAGE}`, follows semantic versioning: a changelog names each change,
and a name that is renamed works until the next minor release. The names of tasks and the keys of
`team.toml` are public, too. Any release may change other modules, and names that begin with an
underscore. `[tool.aws-service-kit]` in `kit/pyproject.toml` lists the public modules.

"""
TITLES = {
    "parameters": "Arguments",
    "attributes": "Attributes",
    "raises": "Raises",
    "returns": "Returns",
    "yields": "Yields",
}


def public_modules() -> list[griffe.Module]:
    """Return the public modules, by name."""
    project = tomllib.loads((KIT / "pyproject.toml").read_text(encoding="utf-8"))
    names = project["tool"]["aws-service-kit"]["public"]
    package = griffe.load(PACKAGE, search_paths=[KIT / "src"], docstring_parser="google")
    found: dict[str, griffe.Module] = {}
    for name in names:
        module = package[name.removesuffix(".*")]
        for each in _below(module) if name.endswith(".*") else [module]:
            found[short(each)] = each
    return [found[name] for name in sorted(found) if name != FROZEN]


def short(found: griffe.Object | griffe.Alias) -> str:
    """Return a name without that of the package."""
    return str(found.path).removeprefix(f"{PACKAGE}.")


def members(found: griffe.Module | griffe.Class) -> list[griffe.Object]:
    """Return the public members defined in a module, in the order of the source."""
    if SUITES in found.path:  # a service imports them by a star
        return []
    own = [
        each
        for name, each in found.members.items()
        if isinstance(each, griffe.Attribute | griffe.Class | griffe.Function)
        and not name.startswith(("_", "model_config"))
        # Public attributes that a constructor sets are in the docstring.
        and not ("__init__" in found.members and each.labels == {"instance-attribute"})
    ]
    return sorted(own, key=lambda each: each.lineno or 0)


def borrowed(module: griffe.Module) -> list[griffe.Alias]:
    """Return the names that a package re-exports from its modules."""
    return [
        each
        for each in module.members.values()
        if isinstance(each, griffe.Alias)
        and module.is_package
        and each.is_public
        and each.target_path.startswith(f"{module.path}.")
    ]


def documents() -> dict[str, str]:
    """Return the documents by their file names."""
    written: dict[str, list[str]] = {}
    for module in public_modules():
        written.setdefault(short(module).partition(".")[0], []).append("".join(_module(module)))
    lines = "".join(f"- [`{name}`]({name}.md)\n" for name in written)
    return {
        "README.md": INDEX + lines,
        **{
            f"{name}.md": _formatted(f"{NOTE}# `{PACKAGE}.{name}`\n{''.join(parts)}")
            for name, parts in written.items()
        },
    }


def write() -> None:
    """Write all documents."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _below(module: griffe.Module) -> Iterator[griffe.Module]:
    yield module
    for name, each in sorted(module.members.items()):
        # An alias is an imported module.
        if isinstance(each, griffe.Module) and not name.startswith("_"):
            yield from _below(each)


def _module(module: griffe.Module) -> Iterator[str]:
    yield f"\n## `{short(module)}`\n"
    yield from _docstring(module)
    aliases = ", ".join(f"`{each.name}`" for each in borrowed(module))
    if aliases:
        yield f"\nOf its modules: {aliases}.\n"
    found = members(module)
    yield from _code([_value(each) for each in found if isinstance(each, griffe.Attribute)])
    for each in found:
        if isinstance(each, griffe.Class):
            yield from _class(each)
        elif isinstance(each, griffe.Function):
            yield from _function(each, "###", each.name)


def _class(found: griffe.Class) -> Iterator[str]:
    yield f"\n### `{found.name}`\n"
    bases = f"({', '.join(map(str, found.bases))})" if found.bases else ""
    fields = [_value(each) for each in members(found) if isinstance(each, griffe.Attribute)]
    init = found.members.get("__init__")
    body = [_signature(init)] if isinstance(init, griffe.Function) else fields or ["..."]
    yield from _code([f"class {found.name}{bases}:", *(f"    {line}" for line in body)])
    yield from _docstring(found)
    for each in members(found):
        if isinstance(each, griffe.Function) and each.docstring:
            yield from _function(each, "####", f"{found.name}.{each.name}")


def _function(found: griffe.Function, level: str, name: str) -> Iterator[str]:
    yield f"\n{level} `{name}`\n"
    yield from _code([_signature(found)])
    yield from _docstring(found)


def _signature(found: griffe.Function) -> str:
    signature = str(found.signature()).replace("__init__(", "__init__(self, ")
    return f"def {signature.replace(FORMER, '')}: ..."


def _value(found: griffe.Attribute) -> str:
    annotation = "" if found.annotation is None else f": {found.annotation}"
    line = f"{found.name}{annotation}" + ("" if found.value is None else f" = {found.value}")
    return line if len(line) <= WIDEST else f"{found.name}{annotation or ' = ...'}"


def _docstring(found: griffe.Object) -> Iterator[str]:
    for section in found.docstring.parsed if found.docstring else ():
        section_type = section.kind.value
        if section_type == "text":
            yield f"\n{section.value}\n"
        elif section_type == "admonition":
            yield f"\n{section.title}:\n\n{section.value.contents}\n"
        elif section_type in TITLES:
            yield f"\n{TITLES[section_type]}:\n\n"
            yield from (_entry(section_type, each) for each in section.value)


def _entry(section_type: str, each: Any) -> str:  # noqa: ANN401 - entries of each type of section
    name = each.annotation if section_type == "raises" else getattr(each, "name", "")
    text = " ".join(each.description.split())
    return f"- `{name}`: {text}\n" if name else f"- {text}\n"


def _code(lines: list[str]) -> Iterator[str]:
    if lines:
        text = "\n".join(lines)
        yield f"\n```python\n{text}\n```\n"


def _formatted(document: str) -> str:
    """Return a document with formatted code."""
    done = subprocess.run(
        [find_ruff_bin(), "format", "--stdin-filename", FOLDER / "document.md", "-"],
        input=document,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    write()
