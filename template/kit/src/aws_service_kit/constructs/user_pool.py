"""A Cognito user pool for the API's callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former


class UserPool(Construct):
    """A user pool without self sign-up, with long passwords and a second factor (MFA).

    Example:
        ```python
        callers = UserPool(stack, "Callers")
        ```

    Attributes:
        pool: CDK's user pool.
        client: The app client for signing in by SRP; callers send the id token.
        scopes: Empty, since callers send the id token.
    """

    scopes: tuple[str, ...] = ()

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            password_policy=cognito.PasswordPolicy(
                min_length=14,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
                temp_password_validity=Duration.days(1),
            ),
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=environment.settings.deletion_protection,
            removal_policy=removal_policy(
                environment, protected=environment.settings.deletion_protection
            ),
        )
        pin_logical_id(self.pool, construct_id)
        self.client = add_client(self.pool, construct_id)
        acknowledge(
            self.pool,
            {
                "AwsSolutions-COG8": (
                    "Threat protection is billed per user; no self sign-up and a required second "
                    "factor leave it little to do."
                )
            },
        )


def add_client(pool: cognito.IUserPool, construct_id: str) -> cognito.UserPoolClient:
    """Add the app client for signing in by SRP to a pool.

    Args:
        pool: The pool.
        construct_id: Id of the pool's component, the first part of the client's logical id.
    """
    client = pool.add_client(
        "Client",
        auth_flows=cognito.AuthFlow(user_srp=True),
        disable_o_auth=True,
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        id_token_validity=Duration.hours(1),
        access_token_validity=Duration.hours(1),
        refresh_token_validity=Duration.days(1),
    )
    # Callers are configured with the client's id, so it must not change.
    pin_logical_id(client, f"{construct_id}Client")
    return client
