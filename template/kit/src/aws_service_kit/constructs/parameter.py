"""A parameter of Systems Manager: configuration that changes without a deployment of code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Token
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from aws_service_kit.constructs.arguments import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_service_kit.constructs.function import Function

# Maximum size of a value in the standard tier, which is free, in bytes.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
LARGEST_VALUE = 4096

Json = str | int | float | bool | None


class JsonParameter(Construct):
    """A JSON object in Parameter Store; never for secrets.

    Example:
        ```python
        limits = JsonParameter(
            stack, "Limits", description="Limits of an order", value={"max_items": 100}
        )
        limits.grant_read(function)
        ```

    Args:
        description: What it configures.
        value: The object.

    Attributes:
        name: The parameter's name, for functions.
        parameter: CDK's parameter.

    Raises:
        ArgumentError: The value is larger than 4 KB.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, description: str, value: Mapping[str, Json]
    ) -> None:
        super().__init__(scope, construct_id)
        text = json.dumps(value, sort_keys=True)
        # The size is unknown if the value has a token, which is resolved on deployment.
        fits = Token.is_unresolved(text) or len(text) <= LARGEST_VALUE
        require(self, fits, f"the value takes {len(text)} bytes of {LARGEST_VALUE}")
        self.parameter = ssm.StringParameter(
            self,
            "Parameter",
            description=description,
            string_value=text,
        )
        self.name = self.parameter.parameter_name

    def grant_read(self, function: Function) -> None:
        """Allow a function to read the value."""
        function.allow(
            f"Read{self.node.id}",
            actions=["ssm:GetParameter"],
            resources=[self.parameter.parameter_arn],
        )
