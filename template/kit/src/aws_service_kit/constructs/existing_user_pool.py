"""An existing Cognito user pool for the API's callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_cognito as cognito
from constructs import Construct

from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stateful import pin_logical_id
from aws_service_kit.constructs.user_pool import add_client

if TYPE_CHECKING:
    from aws_service_kit.config.connections import ExistingUserPool as Settings


class ExistingUserPool(Construct):
    """The existing user pool that the environment's configuration names.

    Its owner is responsible for its settings, its users and its deletion protection. The service
    adds at most an app client and a resource server.

    Example:
        ```python
        pool = "arn:aws:cognito-idp:sa-east-1:333333333333:userpool/sa-east-1_Example"
        callers = ExistingUserPool(
            stack, "Callers", settings=connections.ExistingUserPool(arn=pool, client_id="portal")
        )
        ```

    Args:
        settings: The environment's `user_pool`.

    Attributes:
        pool: CDK's user pool.
        client: The app client of the callers.
        scopes: Scopes that access tokens must have; empty if callers send the id token.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool.from_user_pool_arn(self, "Pool", settings.arn)
        self.client = (
            add_client(self.pool, construct_id)
            if settings.client_id is None
            else cognito.UserPoolClient.from_user_pool_client_id(self, "Client", settings.client_id)
        )
        self.scopes: tuple[str, ...] = ()
        if settings.scope is not None:
            environment = ServiceEnvironment.of(self)
            identifier = f"{environment.name}-{environment.settings.name}"
            self.scopes = (f"{identifier}/{settings.scope}",)
            # The owner of a pool in another account creates the resource server.
            if settings.account == environment.settings.account:
                self._add_resource_server(identifier, settings.scope)

    def _add_resource_server(self, identifier: str, name: str) -> None:
        scope = cognito.ResourceServerScope(scope_name=name, scope_description="Call the API")
        server = self.pool.add_resource_server("Server", identifier=identifier, scopes=[scope])
        # Its identifier is unique in the pool, so a moved construct must not create a second one.
        pin_logical_id(server, f"{self.node.id}Server")
