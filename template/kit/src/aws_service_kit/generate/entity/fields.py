"""Parse the fields of an entity, such as `number:str(1..20) status:open|paid note:str?`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import BaseModel

from aws_service_kit.generate.entity.types import TYPES, FieldType
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.names import Name, snake_case

FORM = 'name:type, such as "number:str amount_cents:int issued_on:date note:str?"'
ALLOWED = f"{', '.join(TYPES)}, or values such as open|paid"
# The default limits of a text's length.
TEXT_LENGTH = (1, 200)
# The largest integer that every JSON parser reads exactly (RFC 8259, section 6).
MAX_INTEGER = 2**53 - 1
MAX_ITEMS = 50
MAX_NAME_LENGTH = 30

FIELD_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
TYPE = re.compile(
    r"(?P<type>[^()\[\]?]*)(?:\((?P<low>-?\d*)\.\.(?P<high>-?\d*)\))?(?P<many>\[\])?(?P<optional>\?)?"
)
CHOICE = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")

# Attributes of every entity, and attributes of the table.
OF_EVERY_ENTITY = frozenset({"created_at", "details", "id", "owner", "updated_at", "version"})
OF_THE_TABLE = frozenset({"expires_at", "fingerprint", "pk", "sk"})
# Names that the generated classes use for something else.
OF_THE_CODE = frozenset(
    {"bool", "classmethod", "cls", "date", "datetime", "field", "int", "of", "self", "str"}
    | {"to_details", "tuple"}
)
OF_PYDANTIC = frozenset(name for name in dir(BaseModel) if not name.startswith("_"))

# Names of limits that several fields share.
SHARED_CONSTANTS = ("DECIMAL", "EMAIL", "MAX_EMAIL_LENGTH", "MAX_INTEGER")

# Names of types in other languages, and the types to use instead.
SYNONYMS = {
    "boolean": "bool",
    "double": "decimal",
    "enum": "open|paid",
    "float": "decimal",
    "integer": "int",
    "money": "int",
    "number": "int",
    "string": "str",
    "text": "str",
    "time": "datetime",
    "timestamp": "datetime",
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of an entity.

    Attributes:
        name: Its name in the code, the API and the table.
        type: Its type; for a list, the type of its items.
        choices: The values of an enumeration, by the names of its members.
        enum: The enumeration's class, if the field has one.
        low: The lowest length or number; None is the default.
        high: The highest length or number; None is the default.
        many: Whether it is a list.
        optional: Whether it may be missing.
        personal: Whether it is personal data.
    """

    name: str
    type: FieldType
    choices: dict[str, str]
    enum: str | None
    low: int | None
    high: int | None
    many: bool
    optional: bool
    personal: bool

    @property
    def identifies(self) -> bool:
        """Whether `personal-data` can find a person by the field."""
        return self.personal and self.type.domain == "str" and not self.choices

    @property
    def constant(self) -> str:
        """The field's part of the names of constants, such as `NUMBER` in `MAX_NUMBER_LENGTH`."""
        return self.name.upper()

    @property
    def bounds(self) -> tuple[str, str] | None:
        """The code of the lowest and highest length or number, or None without limits."""
        if self.type.bounded == "length":
            low = f"MIN_{self.constant}_LENGTH" if self.lengths[0] > 1 else str(self.lengths[0])
            return low, f"MAX_{self.constant}_LENGTH"
        if self.type.bounded == "number":
            low = "-MAX_INTEGER" if self.low is None else f"MIN_{self.constant}"
            return low, "MAX_INTEGER" if self.high is None else f"MAX_{self.constant}"
        return None

    @property
    def lengths(self) -> tuple[int, int]:
        """The lowest and the highest length of a text."""
        low, high = TEXT_LENGTH
        low = low if self.low is None else self.low
        return low, max(high, low) if self.high is None else self.high

    @property
    def numbers(self) -> tuple[int, int]:
        """The lowest and the highest number."""
        low = -MAX_INTEGER if self.low is None else self.low
        return low, MAX_INTEGER if self.high is None else self.high

    @property
    def constants(self) -> Iterator[str]:
        """The lines that define the field's limits."""
        if self.type.bounded == "length":
            low, high = self.lengths
            if low > 1:
                yield f"MIN_{self.constant}_LENGTH = {low}"
            yield f"MAX_{self.constant}_LENGTH = {high}"
        elif self.type.bounded == "number":
            if self.low is not None:
                yield f"MIN_{self.constant} = {self.low:_}"
            if self.high is not None:
                yield f"MAX_{self.constant} = {self.high:_}"
        if self.many:
            yield f"MAX_{self.constant}_ITEMS = {MAX_ITEMS}"

    @property
    def domain_type(self) -> str:
        """The type in the domain."""
        return self._container(self.enum or self.type.domain)

    @property
    def domain_default(self) -> str:
        """The code after the type in the domain: the default."""
        default = self._default
        if not self.personal:
            return "" if default is None else f" = {default}"
        return f" = field({'' if default is None else f'default={default}, '}repr=False)"

    @property
    def input_type(self) -> str:
        """The type in the model of a request."""
        one = self.type.contract or self.enum or self.type.domain
        limits = self._limits
        if self.many:
            one = f"Annotated[{one}, Field({', '.join(limits)})]" if limits else one
            limits = [f"max_length=MAX_{self.constant}_ITEMS"]
        if self.personal:
            limits.append("repr=False")
        whole = self._container(one)
        return f"Annotated[{whole}, Field({', '.join(limits)})]" if limits else whole

    @property
    def input_default(self) -> str:
        """The code after the type in the model of a request: the default."""
        return "" if self._default is None else f" = {self._default}"

    @property
    def view_type(self) -> str:
        """The type in the model of a response."""
        one = "str" if self.type.to_contract != "{}" else self.enum or self.type.domain
        whole = self._container(one)
        return f"Annotated[{whole}, Field(repr=False)]" if self.personal else whole

    def from_contract(self, value: str) -> str:
        """Return code that converts a value of the request's model into one of the domain."""
        return self._converted(self.type.from_contract, value, value)

    def to_contract(self, value: str) -> str:
        """Return code that converts a value of the domain into one of the response's model."""
        return self._converted(self.type.to_contract, value, value)

    def to_table(self, value: str) -> str:
        """Return code that converts a value of the domain into one that the table stores."""
        return self._converted(self.type.to_table, value, value)

    def from_table(self) -> str:
        """Return code that converts a stored value into one of the domain."""
        stored = f'values["{self.name}"]'
        conversion = f"{self.enum}({{}})" if self.enum else self.type.from_table
        if self.optional and conversion == "{}":
            return f'values.get("{self.name}")'
        return self._converted(conversion, stored, f'values.get("{self.name}")')

    @property
    def example(self) -> str:
        """Code of a value of the domain."""
        return self._domain_value(0)

    @property
    def other_example(self) -> str:
        """Code of another value of the domain."""
        return self._domain_value(1)

    @property
    def json(self) -> str:
        """Code of the same value in the body of a request."""
        return self._json(0)

    @property
    def other_json(self) -> str:
        """Code of another value in the body of a request."""
        return self._json(1)

    @property
    def strategy(self) -> str:
        """Hypothesis's strategy for values of the domain."""
        one = f"st.sampled_from({self.enum})" if self.enum else self.type.strategy
        if self.bounds is not None:
            one = one.format(low=self.bounds[0], high=self.bounds[1])
        if self.many:
            return f"st.lists({one}, max_size=3).map(tuple)"
        return f"st.none() | {one}" if self.optional else one

    @property
    def check(self) -> str | None:
        """The function in the domain's module that checks the field's rule."""
        if self.type.bounded is not None:
            return f"_check_{self.type.bounded}"
        return self.type.check

    @property
    def checks(self) -> Iterator[str]:
        """The calls that check the field's rules."""
        if self.many:
            yield f'_check_count("{self.name}", MAX_{self.constant}_ITEMS, self.{self.name})'
        if self.check is not None:
            values = f"*self.{self.name}" if self.many else f"self.{self.name}"
            arguments = (f'"{self.name}"', *(self.bounds or ()), values)
            yield f"{self.check}({', '.join(arguments)})"

    @property
    def limits(self) -> Iterator[str]:
        """Code of values of the domain at the field's limits."""
        if self.bounds is not None:
            texts = self.type.bounded == "length"
            for bound in dict.fromkeys(self.bounds):
                one = _text_of(bound) if texts else bound
                yield f"({one},)" if self.many else one

    @property
    def invalid(self) -> Iterator[str]:
        """Code of values of the domain beyond the field's limits."""
        values = list(self.type.invalid)
        if self.bounds is not None:
            low, high = self.bounds
            texts = self.type.bounded == "length"
            if not texts or self.lengths[0] > 0:
                below = '""' if low == "1" else f'"x" * ({low} - 1)'
                values.append(below if texts else f"{low} - 1")
            values.append(f'"x" * ({high} + 1)' if texts else f"{high} + 1")
        yield from (f"({each},)" if self.many else each for each in values)
        if self.many:
            item = self.example.removeprefix("(").removesuffix(",)")
            yield f"({item},) * (MAX_{self.constant}_ITEMS + 1)"

    @property
    def _default(self) -> str | None:
        if self.many:
            return "()"
        return "None" if self.optional else None

    @property
    def _limits(self) -> list[str]:
        if self.bounds is None:
            return list(self.type.limits)
        names = ("min_length", "max_length") if self.type.bounded == "length" else ("ge", "le")
        return [f"{name}={bound}" for name, bound in zip(names, self.bounds, strict=True)]

    def _container(self, one: str) -> str:
        if self.many:
            return f"tuple[{one}, ...]"
        return f"{one} | None" if self.optional else one

    def _converted(self, conversion: str, value: str, test: str) -> str:
        if conversion == "{}":
            return value
        if self.many:
            return f"tuple({conversion.format('each')} for each in {value})"
        converted = conversion.format(value)
        return f"None if {test} is None else {converted}" if self.optional else converted

    def _example(self, number: int) -> str:
        if self.type.bounded == "length":
            low, high = self.lengths
            # A person's name isn't in other lines of a log by chance.
            texts = ("Maria Flores", "Rui Campos") if self.personal else ("example", "changed")
            text = texts[number]
            fits = low <= len(text) <= high
            return f'"{text}"' if fits else f'"{text[0] * max(low, min(1, high))}"'
        if self.type.bounded == "number":
            low, high = self.numbers
            first = min(max(low, 1), high)
            return str(first if not number else first + 1 if first < high else first - 1)
        return (self.type.example, self.type.other)[number]

    def _domain_value(self, number: int) -> str:
        one = f"{self.enum}.{list(self.choices)[number]}" if self.enum else self._example(number)
        return f"({one},)" if self.many else one

    def _json(self, number: int) -> str:
        if self.enum:
            one = f'"{list(self.choices.values())[number]}"'
        elif self.type.bounded is None:
            one = (self.type.json, self.type.other_json)[number]
        else:
            one = self._example(number)
        return f"[{one}]" if self.many else one


def parse_fields(
    text: str, entity: Name, *, personal: Collection[str] = (), taken: Collection[str] = ()
) -> list[Field]:
    """Parse the fields of an entity, in the order of the text.

    Args:
        text: The user's text: fields separated by spaces or commas.
        entity: The entity's name.
        personal: Names of fields with personal data.
        taken: Attributes of the table that indexes use.

    Raises:
        GenerateError: A field is invalid; the message lists the allowed forms.
    """
    fields: dict[str, Field] = {}
    for part in re.split(r"[\s,]+", text.strip()):
        name, colon, written = part.partition(":")
        if not colon or not name or not written:
            raise GenerateError(f"{part!r} is no field: write {FORM}")
        _check_name(name, taken)
        if name in fields:
            raise GenerateError(f"the field {name!r} occurs twice: rename one")
        fields[name] = _field(name, written, entity, personal=name in personal)
    unknown = sorted(set(personal) - set(fields))
    if unknown:
        raise GenerateError(
            f"--personal names {unknown[0]!r}, which is no field; fields are {', '.join(fields)}"
        )
    lines = [line for field in fields.values() for line in field.constants]
    constants = [*SHARED_CONSTANTS, *(line.partition(" ")[0] for line in lines)]
    for name in constants:
        if constants.count(name) > 1:
            raise GenerateError(f"two limits would be called {name}: rename one of the fields")
    return list(fields.values())


def _check_name(name: str, taken: Collection[str]) -> None:
    hint = f"; for example {name}_value"
    reasons = {
        "an attribute of every entity": name in OF_EVERY_ENTITY,
        "an attribute of the table": name in OF_THE_TABLE or name in taken,
        "a keyword of Python": keyword.iskeyword(name),
        "an attribute of pydantic's models": name in OF_PYDANTIC or name.startswith("model_"),
        "used by the generated code": name in OF_THE_CODE,
    }
    for reason, is_used in reasons.items():
        if is_used:
            raise GenerateError(f"{name!r} is {reason}: choose another field name{hint}")
    if not FIELD_NAME.fullmatch(name):
        spelled = snake_case(name)
        hint = f"; for example {spelled}" if FIELD_NAME.fullmatch(spelled) else ""
        raise GenerateError(
            f"{name!r} is no field name: use lower case letters, digits and single underscores, "
            f"with a letter first{hint}"
        )
    if len(name) > MAX_NAME_LENGTH:
        raise GenerateError(f"the field name {name!r} is longer than {MAX_NAME_LENGTH} characters")


def _field(name: str, written: str, entity: Name, *, personal: bool) -> Field:
    match = TYPE.fullmatch(written)
    if match is None:
        raise GenerateError(
            f"{name}:{written} is no field: write a type, then limits, [] or ? if it has them, as "
            "in str(1..80), int(0..), str[] and date?"
        )
    word, many, optional = match["type"], bool(match["many"]), bool(match["optional"])
    if many and optional:
        raise GenerateError(f"{name}: a list may be empty instead of missing: omit the ?")
    choices = _choices(name, word) if "|" in word else {}
    if not choices and word not in TYPES:
        raise GenerateError(f"{name}: {_unknown(word)}")
    base = TYPES["str"] if choices else TYPES[word]
    field = Field(
        name=name,
        type=_without_limits(base) if choices else base,
        choices=choices,
        enum=entity.with_suffix(*name.split("_")).pascal if choices else None,
        low=int(match["low"]) if match["low"] else None,
        high=int(match["high"]) if match["high"] else None,
        many=many,
        optional=optional,
        personal=personal or base.personal,
    )
    if many and field.personal:
        raise GenerateError(
            f"{name}: `personal-data` finds no person in a list, so personal data are no list"
        )
    _check_limits(field, has_limits=match["low"] is not None)
    return field


def _text_of(length: str) -> str:
    """Return code of a text with a length."""
    return {"0": '""', "1": '"x"'}.get(length, f'"x" * {length}')


def _unknown(word: str) -> str:
    if word in SYNONYMS:
        reason = "isn't exact, and money is counted in its smallest unit: write int or " * (
            word in {"double", "float", "money"}
        )
        return f"{word!r} {reason or 'is no type: write '}{SYNONYMS[word]}; types are {ALLOWED}"
    similar = get_close_matches(word, TYPES, n=1)
    hint = f"did you mean {similar[0]}? " if similar else ""
    return f"{word!r} is no type: {hint}Types are {ALLOWED}"


def _choices(name: str, word: str) -> dict[str, str]:
    values = word.split("|")
    members = {value.upper().replace("-", "_"): value for value in values}
    for value in values:
        if not CHOICE.fullmatch(value):
            raise GenerateError(
                f"{name}: {value!r} is no value of an enumeration: use lower case letters, digits "
                "and hyphens, with a letter first, as in open|in-progress|paid"
            )
    if len(members) < len(values):
        raise GenerateError(f"{name}: a value occurs twice")
    return members


def _without_limits(base: FieldType) -> FieldType:
    return FieldType(
        domain=base.domain,
        example=base.example,
        other=base.other,
        json=base.json,
        other_json=base.other_json,
        strategy=base.strategy,
    )


def _check_limits(field: Field, *, has_limits: bool) -> None:
    if has_limits and field.type.bounded is None:
        raise GenerateError(f"{field.name}: only str and int have limits, such as str(1..80)")
    low, high = field.lengths if field.type.bounded == "length" else field.numbers
    if low >= high and field.type.bounded == "number":
        raise GenerateError(f"{field.name}: the limits {low}..{high} leave no choice of numbers")
    if field.type.bounded == "length" and not (0 <= low <= high and high):
        raise GenerateError(f"{field.name}: no text has {low}..{high} characters")
    if field.type.bounded == "number" and not -MAX_INTEGER <= low <= high <= MAX_INTEGER:
        raise GenerateError(f"{field.name}: limits are from {-MAX_INTEGER} to {MAX_INTEGER}")
