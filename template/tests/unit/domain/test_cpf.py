import operator
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.domain.cpf import Cpf
from service.domain.errors import InvalidCpfError
from tests.unit.domain.orders import CPFS


@pytest.mark.parametrize("number", ["52998224725", "11144477735", "00000000191"])
def test_known_numbers(number: str) -> None:
    assert Cpf(number).number == number


@pytest.mark.parametrize(
    "text", ["", "5299822472", "529982247250", "529.982.247-25", "11111111111", "٥٢٩٩٨٢٢٤٧٢٥"]
)
def test_invalid_numbers(text: str) -> None:
    with pytest.raises(InvalidCpfError) as caught:
        Cpf(text)

    # The whole message, because callers read it. It doesn't contain the number.
    assert str(caught.value) == "The value isn't a CPF."


@given(CPFS, st.from_regex("[0-9]{2}", fullmatch=True))
def test_other_check_digits_are_rejected(number: str, digits: str) -> None:
    assume(number[9:] != digits)

    with pytest.raises(InvalidCpfError):
        Cpf(number[:9] + digits)


def is_cpf(text: str) -> bool:
    """Apply the rule of Receita Federal: weights from 10 and 11 down to 2."""
    if not re.fullmatch("[0-9]{11}", text) or len(set(text)) == 1:
        return False
    digits = [int(digit) for digit in text]
    for length in (9, 10):
        weights = range(length + 1, 1, -1)
        weighted = sum(map(operator.mul, weights, digits))
        if weighted * 10 % 11 % 10 != digits[length]:
            return False
    return True


@given(st.text() | CPFS | st.from_regex("[0-9]{11}", fullmatch=True))
def test_any_text_is_a_cpf_or_rejected(text: str) -> None:
    try:
        number = Cpf(text).number
    except InvalidCpfError:
        assert not is_cpf(text)
    else:
        assert is_cpf(text)
        assert number == text


@given(CPFS)
def test_the_masked_number(number: str) -> None:
    cpf = Cpf(number)

    assert cpf.masked == f"***.{number[3:6]}.{number[6:9]}-**"
    assert number not in repr(cpf)
