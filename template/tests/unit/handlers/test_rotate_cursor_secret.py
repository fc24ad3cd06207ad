import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.testing.rotation import rotating

from service.handlers import rotate_cursor_secret

pytestmark = pytest.mark.usefixtures("aws")


def test_every_rotation_creates_another_long_value(monkeypatch: pytest.MonkeyPatch) -> None:
    secretsmanager = clients.secretsmanager()
    secretsmanager.create_secret(Name="cursor", SecretString="first")
    rotate = rotating(rotate_cursor_secret.handler, monkeypatch)
    values = []
    for _ in range(2):
        rotate("cursor")
        values.append(secretsmanager.get_secret_value(SecretId="cursor")["SecretString"])

    assert len({"first", *values}) == 3
    assert all(len(value) >= 64 for value in values)
