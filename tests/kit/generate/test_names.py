import keyword
from string import ascii_lowercase

import pytest
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.names import Name
from hypothesis import given
from hypothesis import strategies as st

LETTERS = st.text(ascii_lowercase, min_size=2, max_size=8)
DIGITS = st.sampled_from(["", "2", "42"])
WORDS = st.lists(st.builds("{}{}".format, LETTERS, DIGITS), min_size=2, max_size=4)


@pytest.mark.parametrize(
    "text",
    [
        "unpaid-invoices",
        "unpaid_invoices",
        "UnpaidInvoices",
        "unpaidInvoices",
        "Unpaid invoices",
        " unpaid-invoices ",
        "UNPAID_INVOICES",
        "unpaid--invoices",
    ],
)
def test_every_spelling_gives_the_same_name(text: str) -> None:
    name = Name.parse(text)

    assert (name.snake, name.kebab, name.pascal, name.constant, name.title, name.text) == (
        "unpaid_invoices",
        "unpaid-invoices",
        "UnpaidInvoices",
        "UNPAID_INVOICES",
        "Unpaid Invoices",
        "unpaid invoices",
    )


@pytest.mark.parametrize(
    ("text", "snake"),
    [
        ("HTTPServer", "http_server"),
        ("S3Import", "s3_import"),
        ("PDF2Text", "pdf2_text"),
        ("checkCPF", "check_cpf"),
        ("invoice-v2", "invoice_v2"),
        ("invoiceV2", "invoice_v2"),
        ("top-10", "top10"),
        ("iPhoneOrder", "i_phone_order"),
    ],
)
def test_acronyms_and_digits_are_separated(text: str, snake: str) -> None:
    assert Name.parse(text).snake == snake


@given(WORDS)
def test_each_generated_spelling_is_parsed_as_the_same_name(words: list[str]) -> None:
    name = Name(tuple(words))

    assert {Name.parse(each) for each in (name.snake, name.kebab, name.pascal, name.title)} == {
        name
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no queue name: use letters without accents, digits and hyphens"),
        ("2fast", "with a letter first"),
        ("emissão", "for example 'emissao'"),
        ("a/b", "for example 'a-b'"),
        ("../x", "'../x' is no queue name"),
        ("invoice.py", "for example 'invoice-py'"),
        ("class", "'class' is a keyword of Python: use a longer queue name, such as 'my-class'"),
        ("None", "'none' is a keyword of Python"),
        ("con", "'con' is a device of Windows: use a longer queue name, such as 'my-con'"),
        ("Lpt1", "'lpt1' is a device of Windows"),
        ("list", "'list' is a builtin of Python"),
        ("value-error", "'value_error' is a builtin of Python"),
        ("json", "'json' is a module of Python"),
        ("service", "'service' is a module of every service"),
    ],
)
def test_an_invalid_name_is_rejected_in_one_line(text: str, message: str) -> None:
    with pytest.raises(GenerateError) as error:
        Name.parse(text, "queue")

    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("word", keyword.kwlist)
def test_keywords_are_rejected(word: str) -> None:
    with pytest.raises(GenerateError):
        Name.parse(word)


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("invoice", "invoices"),
        ("category", "categories"),
        ("key", "keys"),
        ("box", "boxes"),
        ("batch", "batches"),
        ("unpaid-address", "unpaid_addresses"),
    ],
)
def test_plurals_are_formed(singular: str, plural: str) -> None:
    assert Name.parse(singular).plural.snake == plural


def test_prefixes_and_suffixes_are_added() -> None:
    name = Name.parse("invoice")

    assert name.with_prefix("get").pascal == "GetInvoice"
    assert name.with_suffix("dead", "letters").snake == "invoice_dead_letters"


def test_a_limit_of_aws_names_the_excess() -> None:
    name = Name.parse("a" * 60)
    name.check_length("function", 64, "abc-")

    with pytest.raises(GenerateError, match=r"65 characters; AWS allows 64 .* at least 1 shorter"):
        name.check_length("function", 64, "abcd-")
