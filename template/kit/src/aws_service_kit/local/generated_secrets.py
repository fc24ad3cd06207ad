"""Generated secrets in the emulator: values that follow all settings of `GenerateSecretString`.

The emulator's CloudFormation follows only the length and the excluded characters, while its
`GetRandomPassword` follows all settings. So a secret without punctuation got punctuation, and
wasn't valid base64. This module runs in the emulator's process and changes that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import secretsmanager  # type: ignore[import-not-found]
from ministack.services.cloudformation import provisioners  # type: ignore[import-not-found]

Properties = Mapping[str, Any]
RandomPassword = Callable[[Properties], tuple[int, Mapping[str, str], bytes]]

GENERATE = "GenerateSecretString"


def follow_all_settings() -> None:
    """Make CloudFormation generate secrets by `GetRandomPassword`.

    Raises:
        RuntimeError: The emulator's release is another one.
    """
    try:
        value, password = provisioners._sm_secret_string, secretsmanager._get_random_password
    except AttributeError:
        raise RuntimeError("The emulator has changed: adapt `generated_secrets`.") from None
    provisioners._sm_secret_string = generated(value, password)


def generated(
    value: Callable[[Properties], str], password: RandomPassword
) -> Callable[[Properties], str]:
    """Return a function that returns the value of a secret.

    Args:
        value: The emulator's function, for a secret whose template has the value.
        password: The emulator's `GetRandomPassword`.
    """

    def value_of(properties: Properties) -> str:
        settings = properties.get(GENERATE)
        if not settings or properties.get("SecretString"):
            return value(properties)
        status, _, body = password(settings)
        content = json.loads(body)
        if status >= 400:  # noqa: PLR2004 - HTTP's errors
            raise ValueError(content.get("message") or content)
        text: str = content["RandomPassword"]
        if not (template := settings.get("SecretStringTemplate")):
            return text
        return json.dumps({**json.loads(template), settings["GenerateStringKey"]: text})

    return value_of
