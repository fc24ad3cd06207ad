"""Callers of an API in the emulator: users of the account, or users of its user pool."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.auth import SigV4Auth
from botocore.credentials import Credentials

from aws_service_kit.local.cloud import REGION, SECRET_KEY
from aws_service_kit.runtime.former_names import names_renamed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botocore.awsrequest import AWSRequest

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.deployed_resources import DeployedResource

SIGNED_FOR = "execute-api"
POOL = "AWS::Cognito::UserPool"
SIGN_IN = "ADMIN_USER_PASSWORD_AUTH"
INVOKE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}],
}


class Caller(Protocol):
    """A caller of an API that authenticates its requests."""

    def authenticate(self, request: AWSRequest) -> None:
        """Authenticate a request."""
        ...


@dataclass(frozen=True)
class IamCaller:
    """A user of the account. Requests are signed with the user's access key."""

    access_key: str
    secret_key: str = SECRET_KEY

    def authenticate(self, request: AWSRequest) -> None:
        """Sign a request (AWS Signature Version 4)."""
        SigV4Auth(Credentials(self.access_key, self.secret_key), SIGNED_FOR, REGION).add_auth(
            request
        )


@dataclass(frozen=True)
class UserPoolMember:
    """A signed-in user of the user pool. Requests have the user's token."""

    token: str

    def authenticate(self, request: AWSRequest) -> None:
        """Add the token to a request."""
        request.headers["Authorization"] = self.token


class AnonymousCaller:
    """A caller without authentication."""

    def authenticate(self, request: AWSRequest) -> None:
        """Leave the request unchanged."""


def caller(cloud: Cloud, found: Iterable[DeployedResource], name: str) -> Caller:
    """Return an authorized caller of the API; an existing user signs in again.

    Args:
        cloud: The emulator.
        found: The deployed resources.
        name: The caller's name.
    """
    ids = {each.kind: each.physical_id for each in found}
    if POOL in ids:
        return _member(cloud, ids[POOL], name)
    return _signer(cloud, name)


def _member(cloud: Cloud, pool: str, name: str) -> UserPoolMember:
    cognito = cloud.client("cognito-idp")
    email = f"{name}@example.com"
    # A new password each time, with the four character types that the pool requires.
    password = f"{secrets.token_urlsafe()}-Aa1"
    with suppress(cognito.exceptions.UsernameExistsException):
        cognito.admin_create_user(
            UserPoolId=pool, Username=email, TemporaryPassword=password, MessageAction="SUPPRESS"
        )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=email, Password=password, Permanent=True
    )
    # The service's client uses SRP, which needs a library. The emulator requires no second factor.
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName=name, ExplicitAuthFlows=[f"ALLOW_{SIGN_IN}"]
    )["UserPoolClient"]
    response = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client["ClientId"],
        AuthFlow=SIGN_IN,
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    return UserPoolMember(response["AuthenticationResult"]["IdToken"])


def _signer(cloud: Cloud, name: str) -> IamCaller:
    iam = cloud.client("iam")
    try:
        iam.create_user(UserName=name)
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    else:
        iam.put_user_policy(
            UserName=name, PolicyName="CallTheApi", PolicyDocument=json.dumps(INVOKE)
        )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return IamCaller(key["AccessKeyId"], key["SecretAccessKey"])


if TYPE_CHECKING:
    Member = UserPoolMember
    Nobody = AnonymousCaller
    Signer = IamCaller
else:
    __getattr__ = names_renamed(
        __name__, Member="UserPoolMember", Nobody="AnonymousCaller", Signer="IamCaller"
    )
