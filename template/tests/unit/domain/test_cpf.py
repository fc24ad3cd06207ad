import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.domain.cpf import Cpf
from service.domain.errors import InvalidCpfError
from tests.unit.domain.requests import CPFS


@pytest.mark.parametrize("number", ["52998224725", "11144477735", "00000000191"])
def test_known_numbers(number: str) -> None:
    assert Cpf(number).number == number


@pytest.mark.parametrize(
    "text", ["", "5299822472", "529982247250", "529.982.247-25", "11111111111", "٥٢٩٩٨٢٢٤٧٢٥"]
)
def test_what_is_not_a_cpf(text: str) -> None:
    with pytest.raises(InvalidCpfError) as caught:
        Cpf(text)

    # Whole, since callers read it: the number isn't in it.
    assert str(caught.value) == "The value isn't a CPF."


@given(CPFS, st.from_regex("[0-9]{2}", fullmatch=True))
def test_other_check_digits_are_refused(number: str, digits: str) -> None:
    assume(number[9:] != digits)

    with pytest.raises(InvalidCpfError):
        Cpf(number[:9] + digits)


@given(st.text())
def test_any_text_is_a_cpf_or_refused(text: str) -> None:
    with pytest.raises(InvalidCpfError):
        Cpf(text)


@given(CPFS)
def test_what_may_be_shown(number: str) -> None:
    cpf = Cpf(number)

    assert cpf.masked == f"***.{number[3:6]}.{number[6:9]}-**"
    assert number not in repr(cpf)
