"""The changes that a command makes. All of them are written, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from textwrap import indent

import libcst as cst

from aws_service_kit.generate.edits import Edit
from aws_service_kit.generate.errors import GenerateError, NoPlace
from aws_service_kit.generate.formatting import formatted, is_formatted

# Packages below this folder have an empty `__init__.py`, which a plan creates if it is missing.
TESTS = PurePosixPath("tests")
PACKAGE = "__init__.py"


@dataclass(frozen=True)
class Manual:
    """Lines that the user has to insert, because an edit found no place for them.

    Attributes:
        path: The file, in the service.
        where: The place in it.
        lines: The lines.
        reason: Why the command didn't insert them.
    """

    path: PurePosixPath
    where: str
    lines: str
    reason: str


@dataclass
class Plan:
    """Files to create and edits of existing files. A command fills it; `apply` writes it.

    Nothing is written before `apply`, so a command may raise `GenerateError` at any time. A file
    that exists with other content is never overwritten. Existing code isn't added again, so a plan
    that is applied twice changes nothing the second time.

    Example:
        ```python
        plan = Plan(root)
        plan.create("src/service/handlers/ship.py", render("function/queue.py.j2", name=name))
        plan.edit(
            "infrastructure/stacks/messaging.py",
            add_import("aws_service_kit.constructs.function", "Function"),
            add_definition(render("function/stack_queue.py.j2", name=name)),
            add_to_constructor("MessagingStack", "add_ship(self, self.orders)", ["self.orders"]),
        )
        plan.next("python3 dev.py check")
        print(plan.apply(dry_run=False))
        ```

    Attributes:
        root: The service's folder.
        created: Text of new files by path.
        changed: Text of edited files by path, whether an edit changed it or not.
        manual: Lines that the user inserts by hand.
        notes: Other paragraphs of the summary, such as code that uses a new resource.
        commands: Commands for the user to run next.
    """

    root: Path
    created: dict[PurePosixPath, str] = field(default_factory=dict)
    changed: dict[PurePosixPath, str] = field(default_factory=dict)
    manual: list[Manual] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def exists(self, path: str | PurePosixPath) -> bool:
        """Return whether a file exists, or the plan creates it."""
        return PurePosixPath(path) in self.created or (self.root / path).is_file()

    def create(self, path: str | PurePosixPath, text: str) -> None:
        """Create and format a file that only this command writes.

        For a file that several commands extend, use `edit` with `start`.

        Args:
            path: The file's path in the service.
            text: Its text.

        Raises:
            GenerateError: The file exists with other content.
        """
        path = PurePosixPath(path)
        text = formatted(text, path, self.root)
        self._is_new(path, text)
        self.created[path] = text
        self._create_test_packages(path)

    def edit(self, path: str | PurePosixPath, *edits: Edit, start: str | None = None) -> None:
        """Apply edits to a file. Lines that have no place become `manual`.

        A file that is formatted by ruff is formatted again. Other files keep their format.

        Args:
            path: The file's path in the service.
            edits: Edits of `generate.edits`.
            start: Text with which the file begins if it is missing.

        Raises:
            GenerateError: The file is missing and `start` too, it isn't Python, or it already has
                something else by the same name.
        """
        path = PurePosixPath(path)
        if start is not None and not self.exists(path):
            self.create(path, start)
        before = self.text(path)
        try:
            tree = cst.parse_module(before)
        except cst.ParserSyntaxError as error:
            raise GenerateError(
                f"{path}, line {error.raw_line}, isn't Python: fix it first"
            ) from None
        for edit in edits:
            try:
                tree = edit(tree)
            except NoPlace as place:
                self.manual.append(Manual(path, place.where, place.lines, place.reason))
            except GenerateError as error:
                raise GenerateError(f"{path}: {error}") from None
        after = tree.code
        if after != before and is_formatted(before, path, self.root):
            after = formatted(after, path, self.root)
        self._set(path, after)

    def replace(self, path: str | PurePosixPath, text: str) -> None:
        """Replace the text of an existing file that isn't Python, such as one of TOML.

        Raises:
            GenerateError: The file is missing.
        """
        path = PurePosixPath(path)
        self.text(path)
        self._set(path, text)

    def text(self, path: str | PurePosixPath) -> str:
        """Return the text of a file, with the changes planned so far.

        Raises:
            GenerateError: The file is missing or isn't UTF-8.
        """
        path = PurePosixPath(path)
        planned = self.created.get(path, self.changed.get(path))
        return self._read(path) if planned is None else planned

    def insert_by_hand(
        self, path: str | PurePosixPath, where: str, lines: str, reason: str
    ) -> None:
        """List lines for the user to insert."""
        self.manual.append(Manual(PurePosixPath(path), where, lines, reason))

    def note(self, title: str, lines: str = "") -> None:
        """Add a paragraph to the summary: a title, and lines of code to copy."""
        self.notes.append("\n".join([title, *(indent(lines, "  ").splitlines())]))

    def next(self, *commands: str) -> None:
        """Add commands to run next."""
        self.commands.extend(each for each in commands if each not in self.commands)

    def apply(self, *, dry_run: bool = False) -> str:
        """Write all files, or none of them if one can't be written, and return a summary.

        Args:
            dry_run: Check everything and write nothing.

        Raises:
            GenerateError: A file exists with other content, or can't be written.
        """
        made = {path: text for path, text in self.created.items() if self._is_new(path, text)}
        changed = {path: text for path, text in self.changed.items() if self._read(path) != text}
        if not dry_run:
            _write({self.root / path: text for path, text in (made | changed).items()})
        return self._summary(made, changed, dry_run=dry_run)

    def _set(self, path: PurePosixPath, text: str) -> None:
        files = self.created if path in self.created else self.changed
        files[path] = text

    def _create_test_packages(self, path: PurePosixPath) -> None:
        if path.suffix == ".py" and TESTS in path.parents:
            for folder in path.parents:
                package = folder / PACKAGE
                if folder != PurePosixPath() and not self.exists(package) and package != path:
                    self.created[package] = ""

    def _is_new(self, path: PurePosixPath, text: str) -> bool:
        target = self.root / path
        # A broken symbolic link exists too.
        if not target.exists() and not target.is_symlink():
            return True
        if target.is_file() and self._read(path) == text:
            return False
        raise GenerateError(
            f"{path} exists with other content, so nothing was written: choose another name, or "
            "move the file"
        )

    def _read(self, path: PurePosixPath) -> str:
        try:
            # Read as bytes, because reading text would change line ends.
            return (self.root / path).read_bytes().decode()
        except FileNotFoundError:
            raise GenerateError(f"{path} is missing") from None
        except (OSError, UnicodeDecodeError) as error:
            raise GenerateError(f"{path} can't be read: {error}") from None

    def _summary(
        self,
        made: dict[PurePosixPath, str],
        changed: dict[PurePosixPath, str],
        *,
        dry_run: bool,
    ) -> str:
        lines = [f"  made     {path}  ({_size(text)})" for path, text in made.items()]
        lines += [f"  changed  {path}" for path in changed]
        if not lines:
            lines = ["  Nothing to change: everything exists already."]
        if dry_run:
            lines = ["Nothing is written. Without --dry-run:", *lines]
        for each in self.manual:
            lines += [
                f"  insert by hand: {each.path}, {each.where} ({each.reason})",
                indent(each.lines.strip("\n"), " " * 6),
            ]
        lines += self.notes
        if self.commands:
            lines += ["Next:", *(f"  {command}" for command in self.commands)]
        return "\n".join(lines)


def _size(text: str) -> str:
    count = len(text.splitlines())
    return f"{count} line" if count == 1 else f"{count} lines"


def _write(files: dict[Path, str]) -> None:
    """Write all files; if a write fails, restore the previous contents.

    Raises:
        GenerateError: A file can't be written.
    """
    before: dict[Path, bytes | None] = {}
    folders: list[Path] = []
    try:
        for path, text in files.items():
            missing = [each for each in path.parents if not each.exists()]
            folders += missing
            path.parent.mkdir(parents=True, exist_ok=True)
            before[path] = path.read_bytes() if path.exists() else None
            path.write_bytes(text.encode())
    except BaseException as error:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        for folder in sorted(set(folders), reverse=True):
            if folder.is_dir():
                folder.rmdir()
        if isinstance(error, OSError):
            raise GenerateError(
                f"{error.filename} can't be written ({error.strerror}), so nothing was written"
            ) from None
        raise
