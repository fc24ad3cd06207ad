# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Plain configuration that can change without a deployment of code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import aws_ssm as ssm
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infrastructure.components.function import ServiceFunction

Json = str | int | float | bool | None


class JsonParameter(Construct):
    """A JSON object in Parameter Store; never for secrets.

    Args:
        description: What it configures.
        value: The object.

    Attributes:
        name: The parameter's name, for functions.
        parameter: The parameter itself.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, description: str, value: Mapping[str, Json]
    ) -> None:
        super().__init__(scope, construct_id)
        self.parameter = ssm.StringParameter(
            self,
            "Parameter",
            description=description,
            string_value=json.dumps(value, sort_keys=True),
        )
        self.name = self.parameter.parameter_name

    def grant_read(self, function: ServiceFunction) -> None:
        """Allow a function to read the value."""
        function.allow(
            f"Read{self.node.id}",
            actions=["ssm:GetParameter"],
            resources=[self.parameter.parameter_arn],
        )
