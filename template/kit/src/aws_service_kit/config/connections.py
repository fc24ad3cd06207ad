"""Existing resources that an environment uses: a domain, a VPC, a user pool."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from aws_service_kit.config.model import Model

GUIDE = "kit/guides/connections.md"

# Lower case without the trailing dot, as API Gateway and Route 53 store it.
DomainName = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$",
        max_length=253,
    ),
]
HostedZoneId = Annotated[str, StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$")]
CertificateArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$")
]
# One level: mappings with more levels need another resource.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
BasePath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]*$", max_length=128)]
VpcId = Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]{8,17}$")]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]{8,17}$")]
EndpointName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
UserPoolArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[a-z0-9-]+_[A-Za-z0-9]+$"
    ),
]
ClientId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,128}$")]
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResourceServerScopeType.html
Scope = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}$")]

# Maximum length of a certificate's first name, by RFC 5280.
# https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
LONGEST_CERTIFIED_NAME = 64


class ApiDomain(Model):
    """A custom domain of the API (kit/guides/connections.md)."""

    name: DomainName = Field(
        description="The domain, such as `orders.example.com`. No other API of the region may have "
        "it, in any account."
    )
    zone_id: HostedZoneId | None = Field(
        default=None,
        description="Id of the public Route 53 hosted zone, in the environment's account, for the "
        "API's record. Without it, create the record elsewhere, and set `certificate_arn`.",
    )
    zone_name: DomainName | None = Field(
        default=None, description="Name of the hosted zone, such as `example.com`."
    )
    certificate_arn: CertificateArn | None = Field(
        default=None,
        description="A certificate for the domain, in the environment's region and account; by "
        "default ACM issues one, validated by a record in the zone.",
    )
    base_path: BasePath = Field(
        default="", description="Path after the domain, such as `orders`; by default its root."
    )
    keep_default_endpoint: bool = Field(
        default=False, description="Whether the `execute-api` endpoint stays enabled."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.zone_id is None) is not (self.zone_name is None):
            raise ValueError("set both zone_id and zone_name, or neither")
        if self.zone_id is None and self.certificate_arn is None:
            raise ValueError(
                "needs zone_id and zone_name, or the certificate_arn of an existing certificate "
                f"({GUIDE})"
            )
        if self.zone_name and not f".{self.name}".endswith(f".{self.zone_name}"):
            raise ValueError(f"{self.name} isn't in the zone {self.zone_name}")
        if self.certificate_arn is None and len(self.name) > LONGEST_CERTIFIED_NAME:
            raise ValueError(
                f"ACM issues certificates for {LONGEST_CERTIFIED_NAME} characters at most, and "
                f"name has {len(self.name)}: shorten it, or give a certificate_arn"
            )
        return self

    @property
    def url(self) -> str:
        """The API's base URL, without a slash at the end."""
        return f"https://{self.name}/{self.base_path}".rstrip("/")


class ExistingVpc(Model):
    """An existing VPC for the functions (kit/guides/connections.md)."""

    id: VpcId = Field(description="The VPC.")
    subnet_ids: Annotated[tuple[SubnetId, ...], Field(strict=False)] = Field(
        description="Its private subnets, in at least two availability zones."
    )
    security_group_id: SecurityGroupId | None = Field(
        default=None,
        description="The functions' security group; by default one is created that allows "
        "outbound HTTPS.",
    )
    endpoints: Annotated[tuple[EndpointName, ...], Field(strict=False)] = Field(
        default=(),
        description="The VPC's endpoints by the last part of their service names, such as `sqs`. "
        "The control S-D5.endpoints compares them with the services that functions call.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        different = len(set(self.subnet_ids))
        if different < len(self.subnet_ids):
            raise ValueError("subnet_ids names a subnet twice")
        if different not in range(2, 17):
            raise ValueError(
                f"subnet_ids has {different}: give 2 to 16, in different availability zones"
            )
        return self


class ExistingUserPool(Model):
    """An existing Cognito user pool for the API's callers (kit/guides/connections.md)."""

    arn: UserPoolArn = Field(description="The user pool, in the environment's region.")
    client_id: ClientId | None = Field(
        default=None,
        description="The app client that callers sign in with; by default one is created, in a "
        "pool of the environment's account.",
    )
    scope: Scope | None = Field(
        default=None,
        description="Scope that access tokens must have, such as `use`. The API is the pool's "
        "resource server `<service>-<environment>`. By default the API accepts the id tokens of "
        "all app clients of the pool.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.scope is not None and self.client_id is None:
            raise ValueError(
                "scope needs client_id: the app client to which the pool's owner allows the scope "
                f"({GUIDE})"
            )
        return self

    @property
    def account(self) -> str:
        """The account that owns the pool."""
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        """The pool's region."""
        return self.arn.split(":")[3]

    @property
    def id(self) -> str:
        """The pool's id, the region and a random part: `REGION_AbCdEf123`."""
        return self.arn.rpartition("/")[2]
