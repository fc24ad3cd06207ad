"""The people and programs that may call the API, in Cognito."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy

if TYPE_CHECKING:
    from aws_service_kit.constructs.service import Service


class UserPool(Construct):
    """A pool that administrators fill: no self sign-up, long passwords, a second factor.

    Args:
        service: The environment's service.

    Attributes:
        pool: The pool itself.
        client: For signing in by SRP; callers send the id token.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
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
            deletion_protection=service.environment.deletion_protection,
            removal_policy=removal_policy(
                service, protected=service.environment.deletion_protection
            ),
        )
        pin_logical_id(self.pool, construct_id)
        self.client = self.pool.add_client(
            "Client",
            auth_flows=cognito.AuthFlow(user_srp=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            id_token_validity=Duration.hours(1),
            access_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(1),
        )
        # Callers are configured with the client's id, so it lasts too.
        pin_logical_id(self.client, f"{construct_id}Client")
        acknowledge(
            self.pool,
            {
                "AwsSolutions-COG8": (
                    "Threat protection is billed per user; no self sign-up and a required second "
                    "factor leave it little to do."
                )
            },
        )
