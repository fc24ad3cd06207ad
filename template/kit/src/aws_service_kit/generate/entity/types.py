"""Types of an entity's fields, with their code in the domain, the API, the table and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The values are code. `{}` is the code of the value to convert.
AS_IS = "{}"


@dataclass(frozen=True, kw_only=True)
class FieldType:
    """A type of a field.

    Attributes:
        domain: The type in the domain.
        contract: The type in the API's models, if it isn't the domain's.
        limits: Arguments of pydantic's `Field` in the model of a request.
        from_contract: Converts a value of the API's model into one of the domain.
        to_contract: Converts a value of the domain into one of the API's model.
        to_table: Converts a value of the domain into one that the table stores.
        from_table: Converts a stored value into one of the domain.
        example: A value of the domain.
        other: Another value of the domain.
        json: The same value in the body of a request.
        other_json: Another value in the body of a request.
        strategy: Hypothesis's strategy for values of the domain.
        check: The function in the domain's module that checks its rule, unless it has limits.
        invalid: Values of the domain that break its rule.
        bounded: `length` or `number` if limits such as `(1..80)` apply to it; None otherwise.
        personal: Whether it identifies a person.
    """

    domain: str
    contract: str | None = None
    limits: tuple[str, ...] = ()
    from_contract: str = AS_IS
    to_contract: str = AS_IS
    to_table: str = AS_IS
    from_table: str = AS_IS
    example: str
    other: str
    json: str
    other_json: str
    strategy: str
    check: str | None = None
    invalid: tuple[str, ...] = ()
    bounded: str | None = None
    personal: bool = False


TYPES: Mapping[str, FieldType] = {
    "str": FieldType(
        domain="str",
        example='"example"',
        other='"changed"',
        json='"example"',
        other_json='"changed"',
        strategy="st.text(min_size={low}, max_size={high})",
        bounded="length",
    ),
    "int": FieldType(
        domain="int",
        example="1",
        other="2",
        json="1",
        other_json="2",
        strategy="st.integers({low}, {high})",
        bounded="number",
    ),
    "bool": FieldType(
        domain="bool",
        example="True",
        other="False",
        json="True",
        other_json="False",
        strategy="st.booleans()",
    ),
    "date": FieldType(
        domain="date",
        to_table="{}.isoformat()",
        from_table="date.fromisoformat({})",
        example="date(2026, 11, 24)",
        other="date(2026, 11, 25)",
        json='"2026-11-24"',
        other_json='"2026-11-25"',
        strategy="st.dates()",
    ),
    "datetime": FieldType(
        domain="datetime",
        contract="UtcTime",
        to_table="{}.isoformat()",
        from_table="datetime.fromisoformat({})",
        example="datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)",
        other="datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)",
        json='"2026-11-24T01:02:03Z"',
        other_json='"2026-11-25T01:02:03Z"',
        strategy="st.datetimes(timezones=st.just(UTC))",
        check="_check_utc",
        invalid=("datetime(2026, 11, 24, tzinfo=timezone(timedelta(hours=1)))",),
    ),
    "uuid": FieldType(
        domain="UUID",
        to_table="str({})",
        from_table="UUID({})",
        example='UUID("11111111-1111-4111-8111-111111111111")',
        other='UUID("22222222-2222-4222-8222-222222222222")',
        json='"11111111-1111-4111-8111-111111111111"',
        other_json='"22222222-2222-4222-8222-222222222222"',
        strategy="st.uuids()",
    ),
    "decimal": FieldType(
        domain="Decimal",
        contract="str",
        limits=('pattern=f"^{DECIMAL.pattern}$"', 'examples=["12.50"]'),
        from_contract="Decimal({})",
        to_contract='f"{{{}:f}}"',
        to_table='f"{{{}:f}}"',
        from_table="Decimal({})",
        example='Decimal("12.50")',
        other='Decimal("13.50")',
        json='"12.50"',
        other_json='"13.50"',
        strategy="st.decimals(-999_999, 999_999, places=2)",
        check="_check_decimal",
        invalid=('Decimal("NaN")', 'Decimal("1e18")', 'Decimal("1e-11")'),
    ),
    "email": FieldType(
        domain="str",
        limits=(
            "max_length=MAX_EMAIL_LENGTH",
            'pattern=f"^{EMAIL.pattern}$"',
            'examples=["ana@example.com"]',
        ),
        example='"ana@example.com"',
        other='"rui@example.com"',
        json='"ana@example.com"',
        other_json='"rui@example.com"',
        strategy='st.from_regex("[a-z0-9.]{1,20}@example[.]com", fullmatch=True)',
        check="_check_email",
        invalid=('"ana"', '"ana@"', "f\"{'x' * 250}@a.pt\""),
        personal=True,
    ),
}
