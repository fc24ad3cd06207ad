"""Logs of all other tests."""

import pytest

from aws_service_kit.local import logs
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.operations.masking import ELEVEN_DIGITS, EMAIL, is_cpf


@pytest.mark.order(-2)
def test_no_log_holds_personal_data(cloud: Cloud, personal_data: set[str]) -> None:
    lines = [event["message"] for _, event in logs.events(cloud, 0)]
    if not lines:
        pytest.skip("no function has run")
    for line in lines:
        assert not [each for each in personal_data if each in line], line
        assert not EMAIL.search(line), line
        assert not [found for found in ELEVEN_DIGITS.findall(line) if is_cpf("".join(found))], line
