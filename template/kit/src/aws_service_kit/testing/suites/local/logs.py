"""What all other tests left in the logs."""

import re

import pytest

from aws_service_kit.local import logs
from aws_service_kit.local.cloud import Cloud

ELEVEN_DIGITS = re.compile(r"(?<![\w-])(\d{3})\.?(\d{3})\.?(\d{3})-?(\d{2})(?![\w-])")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def is_cpf(digits: str) -> bool:
    """Tell whether eleven digits have a CPF's check digits (Receita Federal, modulo 11)."""
    for length in (9, 10):
        weighed = sum(
            int(digit) * weight
            for digit, weight in zip(digits, range(length + 1, 1, -1), strict=False)
        )
        if int(digits[length]) != weighed * 10 % 11 % 10:
            return False
    return True


@pytest.mark.order(-2)
def test_no_log_holds_personal_data(cloud: Cloud, personal: set[str]) -> None:
    lines = [event["message"] for _, event in logs.events(cloud, 0)]
    if not lines:
        pytest.skip("no function has run")
    for line in lines:
        assert not [each for each in personal if each in line], line
        assert not EMAIL.search(line), line
        assert not [found for found in ELEVEN_DIGITS.findall(line) if is_cpf("".join(found))], line
