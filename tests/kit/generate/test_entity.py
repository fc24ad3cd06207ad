"""`add entity`: fields, errors in one line, and changed settings."""

import re
import tomllib

import pytest
from aws_service_kit.generate.entity.fields import Field, parse_fields
from aws_service_kit.generate.entity.new_entity import _names, _with_key
from aws_service_kit.generate.entity.types import TYPES
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.names import Name

INVOICE = Name.parse("Invoice")


def field(text: str, **options: list[str]) -> Field:
    (parsed,) = parse_fields(text, INVOICE, **options)
    return parsed


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("number:str", "str"),
        ("amount_cents:int(0..)", "int"),
        ("paid:bool", "bool"),
        ("issued_on:date?", "date | None"),
        ("sent_at:datetime", "datetime"),
        ("reference:uuid", "UUID"),
        ("price:decimal", "Decimal"),
        ("payer:email", "str"),
        ("status:open|in-progress", "InvoiceStatus"),
        ("line_status:open|paid?", "InvoiceLineStatus | None"),
        ("tags:str(1..20)[]", "tuple[str, ...]"),
    ],
)
def test_each_type_has_a_type_of_the_domain(text: str, domain: str) -> None:
    assert field(text).domain_type == domain


def test_fields_are_separated_by_spaces_or_commas() -> None:
    fields = parse_fields(" number:str,amount_cents:int \n issued_on:date, note:str? ", INVOICE)

    assert [each.name for each in fields] == ["number", "amount_cents", "issued_on", "note"]


def test_emails_and_listed_fields_are_personal_data() -> None:
    fields = parse_fields("email:email name:str note:str?", INVOICE, personal=["name"])

    assert [each.name for each in fields if each.personal] == ["email", "name"]
    assert fields[1].domain_default == " = field(repr=False)"
    assert "repr=False" in fields[1].input_type


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no field: write name:type"),
        ("number", "'number' is no field: write name:type"),
        ("number:", "'number:' is no field: write name:type"),
        (":str", "':str' is no field: write name:type"),
        ("a:str a:int", "the field 'a' occurs twice"),
        ("amountCents:int", "for example amount_cents"),
        ("_a:str", "is no field name"),
        ("número:str", "is no field name"),
        ("a" * 31 + ":str", "is longer than 30 characters"),
        ("id:str", "'id' is an attribute of every entity"),
        ("version:int", "'version' is an attribute of every entity"),
        ("created_at:datetime", "'created_at' is an attribute of every entity"),
        ("pk:str", "'pk' is an attribute of the table"),
        ("expires_at:int", "'expires_at' is an attribute of the table"),
        ("day:date", "'day' is an attribute of the table"),
        ("class:str", "'class' is a keyword of Python"),
        ("copy:str", "'copy' is an attribute of pydantic's models"),
        ("model_year:int", "'model_year' is an attribute of pydantic's models"),
        ("date:date", "'date' is used by the generated code"),
        ("a:string", "'string' is no type: write str; types are str, int, bool"),
        ("a:float", "isn't exact, and money is counted in its smallest unit: write int or decimal"),
        ("a:boo", "did you mean bool?"),
        ("a:xyz", "types are str, int, bool, date, datetime, uuid, decimal, email, or values"),
        ("a:str?[]", "is no field: write a type, then limits, [] or ?"),
        ("a:str[]?", "a list may be empty instead of missing: omit the ?"),
        ("a:open|", "'' is no value of an enumeration"),
        ("a:Open|paid", "'Open' is no value of an enumeration"),
        ("a:1st|2nd", "'1st' is no value of an enumeration"),
        ("a:x-y|x_y", "a value occurs twice"),
        ("a:date(1..2)", "only str and int have limits"),
        ("a:str(5..1)", "no text has 5..1 characters"),
        ("a:str(0..0)", "no text has 0..0 characters"),
        ("a:int(5..5)", "leave no choice of numbers"),
        (f"a:int(..{2**53})", "limits are from"),
        ("a:str a_length:int(..5)", "two limits would be called MAX_A_LENGTH"),
    ],
)
def test_an_invalid_field_is_rejected_in_one_line(text: str, message: str) -> None:
    with pytest.raises(GenerateError) as error:
        parse_fields(text, INVOICE, taken=["day"])

    assert message.lower() in str(error.value).lower()
    assert "\n" not in str(error.value)


def test_an_unknown_personal_field_is_rejected() -> None:
    with pytest.raises(GenerateError, match="'nme', which is no field; fields are name"):
        parse_fields("name:str", INVOICE, personal=["nme"])


@pytest.mark.parametrize("name", TYPES)
def test_every_type_has_two_example_values(name: str) -> None:
    one = field(f"a:{name}")

    assert one.example != one.other_example
    assert one.json != one.other_json


@pytest.mark.parametrize(
    ("name", "plural", "expected"),
    [
        ("Invoice", None, ("invoice", "invoices")),
        ("unpaid-invoice", None, ("unpaid_invoice", "unpaid_invoices")),
        ("Category", None, ("category", "categories")),
        ("Address", None, ("address", "addresses")),
        ("Person", "people", ("person", "people")),
        ("Bus", "buses", ("bus", "buses")),
        ("Value", "amounts", ("value", "amounts")),
        ("Limit", None, ("limit", "limits")),
    ],
)
def test_singular_and_plural_names(
    name: str, plural: str | None, expected: tuple[str, str]
) -> None:
    assert tuple(each.snake for each in _names(name, plural)) == expected


@pytest.mark.parametrize(
    ("name", "plural", "message"),
    [
        ("Invoices", None, "looks like a plural: write 'Invoice', or say --plural"),
        ("Data", "data", "singular and plural need different names"),
        ("Request", None, "uses 'request' for something else: .* such as 'MyRequest'"),
        ("Item", None, "uses 'items' for something else"),
        ("Owner", "people", "uses 'owner' for something else"),
        ("Person", "details", "uses 'details' for something else"),
        ("Entity", None, "uses 'entity' for something else"),
        ("Error", None, "uses 'error' for something else"),
        ("Detail", None, "uses 'details' for something else"),
        ("class", None, "is a keyword of Python"),
        ("Ünï", None, "is no entity name"),
        ("A" + "b" * 30, None, "is longer than 30 characters"),
    ],
)
def test_an_invalid_name_is_rejected(name: str, plural: str | None, message: str) -> None:
    with pytest.raises(GenerateError, match=message):
        _names(name, plural)


LINE = 'subject_attributes = ["document", "email"]'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Comment\n[finops]\nmonthly_budget_usd = 1\n",
        "# Comment\n[records] # about people\nretention_days = 1825\n[finops]\n",
        '[records]\nsubject_attributes = ["document"]  # CPF\nretention_days = 1\n',
        "# Comment\r\n[records]\r\nretention_days = 1825\r\n",
        "# Comment\r\n",
    ],
)
def test_a_setting_is_added_and_other_lines_are_kept(text: str) -> None:
    edited = _with_key(text, "records", LINE)

    assert edited is not None
    assert tomllib.loads(edited)["records"]["subject_attributes"] == ["document", "email"]
    assert ("\r\n" in text) is (edited.count("\r\n") == edited.count("\n"))
    for line in text.splitlines():
        if not re.match("subject_attributes", line):
            assert line in edited.splitlines()


@pytest.mark.parametrize(
    "text",
    [
        '[records]\nsubject_attributes = [\n  "document",\n]\n',
        'records.subject_attributes = ["document"]\n',
        "records = { retention_days = 1 }\n",
    ],
)
def test_a_setting_in_another_format_is_not_edited(text: str) -> None:
    assert _with_key(text, "records", LINE) is None
