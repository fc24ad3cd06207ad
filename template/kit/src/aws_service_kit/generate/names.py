"""Names in generated code, in the spellings of modules, classes, constants and sentences."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
import unicodedata
from dataclasses import dataclass

from aws_service_kit.generate.errors import GenerateError

# Words of a name: an acronym before a capitalised word, a word, or an acronym at the end.
WORD = re.compile(r"[A-Z]+[0-9]*(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+")
ALLOWED = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_ ]+[A-Za-z0-9]+)*")

# The maximum length of a Lambda function's name.
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
FUNCTION_NAME_LENGTH = 64

# The longest name with which each line of the generated code fits into 100 columns. Service,
# environment and it stay below AWS's limits: 128 for a stack, 256 for a bus, 80 for a state.
# CloudFormation shortens the names that it generates, such as a queue's or a bucket's.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
MAX_LENGTH = 40

VOWELS = "aeiou"
SIBILANTS = ("s", "x", "z", "ch", "sh")


@dataclass(frozen=True)
class Name:
    """A name as its words in lower case, such as `("unpaid", "invoices")`.

    Example:
        ```python
        name = Name.parse("UnpaidInvoice", "entity")
        (name.snake, name.kebab, name.pascal)  # unpaid_invoice, unpaid-invoice, UnpaidInvoice
        (name.title, name.text, name.plural.snake)  # Unpaid Invoice, unpaid invoice, …_invoices
        ```
    """

    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, thing: str = "name") -> Name:
        """Return the name that a user wrote: `unpaid-invoice`, `unpaid_invoice`, `UnpaidInvoice`.

        Args:
            text: The user's text.
            thing: The type of the named thing, for messages: `function`, `entity`, `queue`.

        Raises:
            GenerateError: It isn't a name, Python uses it (a keyword, a builtin, a module of the
                standard library), or Windows has a device of that name.
        """
        written = text.strip(" -_")
        if not ALLOWED.fullmatch(written):
            plain = _ascii(written)
            hint = f"; for example {plain!r}" if ALLOWED.fullmatch(plain) else ""
            raise GenerateError(
                f"{text!r} is no {thing} name: use letters without accents, digits and hyphens, "
                f"with a letter first{hint}"
            )
        name = cls(_words(written))
        name._check_reserved(thing)
        return name

    @property
    def snake(self) -> str:
        """The name of a module, a function or an attribute: `unpaid_invoice`."""
        return "_".join(self.words)

    @property
    def kebab(self) -> str:
        """The name in a path or of a stack: `unpaid-invoice`."""
        return "-".join(self.words)

    @property
    def pascal(self) -> str:
        """The name of a class, or the id of a construct: `UnpaidInvoice`."""
        return "".join(word.capitalize() for word in self.words)

    @property
    def constant(self) -> str:
        """The name of a constant or an environment variable: `UNPAID_INVOICE`."""
        return self.snake.upper()

    @property
    def title(self) -> str:
        """The name as the type of an event: `Unpaid Invoice`."""
        return " ".join(word.capitalize() for word in self.words)

    @property
    def text(self) -> str:
        """The name in a sentence: `unpaid invoice`."""
        return " ".join(self.words)

    @property
    def plural(self) -> Name:
        """The English plural by rule: `unpaid_invoices`, `entities`, `boxes`."""
        return Name((*self.words[:-1], _plural(self.words[-1])))

    def with_prefix(self, *words: str) -> Name:
        """Return the name with words before it: `Name.parse("invoice").with_prefix("get")`."""
        return Name((*words, *self.words))

    def with_suffix(self, *words: str) -> Name:
        """Return the name with words after it: `Name.parse("invoice").with_suffix("table")`."""
        return Name((*self.words, *words))

    def check_length(self, thing: str, limit: int, prefix: str = "") -> None:
        """Check that `prefix` and the name in Pascal case fit into a limit of AWS.

        Raises:
            GenerateError: They don't fit.
        """
        length = len(prefix) + len(self.pascal)
        if length > limit:
            raise GenerateError(
                f"{prefix}{self.pascal} has {length} characters; AWS allows {limit} for the name "
                f"of a {thing}: use a name that is at least {length - limit} shorter"
            )

    def check_fits(self) -> None:
        """Check that lines of the generated code aren't longer than 100 columns.

        Raises:
            GenerateError: The name is too long.
        """
        if len(self.kebab) > MAX_LENGTH:
            raise GenerateError(
                f"{self.kebab} is too long: use {MAX_LENGTH} characters at most, with the hyphens"
            )

    def _check_reserved(self, thing: str) -> None:
        used = {
            "a keyword of Python": keyword.iskeyword(self.snake) or keyword.iskeyword(self.pascal),
            "a builtin of Python": hasattr(builtins, self.snake) or hasattr(builtins, self.pascal),
            "a module of Python": self.snake in sys.stdlib_module_names,
            "a module of every service": self.snake in RESERVED_MODULES,
            "a device of Windows": DEVICES.fullmatch(self.snake) is not None,
        }
        for reason, is_used in used.items():
            if is_used:
                raise GenerateError(
                    f"{self.snake!r} is {reason}: use a longer {thing} name, such as "
                    f"{self.with_prefix('my').kebab!r}"
                )


# Windows can't check out a file with such a name, with any extension.
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
# Packages and modules of a service whose names would be hidden or overwritten.
RESERVED_MODULES = frozenset({"infrastructure", "service", "tests", "tooling"})


def snake_case(text: str) -> str:
    """Return a text such as `orderId` as a name of Python: `order_id`."""
    return "_".join(_words(text))


def _words(text: str) -> tuple[str, ...]:
    found = [
        word.lower()
        for part in re.split(r"[^A-Za-z0-9]+", text)
        # A part in capitals alone, such as `CPF`, and one without any, is split as it is written.
        for word in WORD.findall(part)
    ]
    # A word never begins with a digit: `top-10` and `Top10` are one name.
    words: list[str] = []
    for word in found:
        if word[0].isdigit() and words:
            words[-1] += word
        else:
            words.append(word)
    return tuple(words)


def _ascii(text: str) -> str:
    """Return a text without accents, with hyphens instead of other characters."""
    decomposed = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", decomposed).strip("-")


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in {*VOWELS, ""}:
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(SIBILANTS) else f"{word}s"
