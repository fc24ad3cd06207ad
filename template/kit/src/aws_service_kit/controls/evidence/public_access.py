"""Properties that open a resource to the internet, and types that are open by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.resource_types import API_METHOD, HTTP_ROUTE
from aws_service_kit.controls.evidence.values import Value, items

# Found by searching CloudFormation's resource schemas for public, anonymous, unauthenticated, auth,
# internet, scheme, CIDR, share and accept.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/

# Values, in lower case, with which such a property opens a resource, in any type at any depth.
OPEN_VALUES: Mapping[str, set[str]] = {
    "AcceptanceRequired": {"false"},
    "AccessControl": {"authenticatedread", "publicread", "publicreadwrite"},
    "AllowAdminCreateUserOnly": {"false"},
    "AllowExternalPrincipals": {"true"},
    "AllowPublicOverrides": {"true"},
    "AllowUnauthenticatedIdentities": {"true"},
    "AnonymousAuthEnabled": {"true"},
    "AssignPublicIp": {"enabled"},
    "AssociatePublicIpAddress": {"true"},
    "AuthType": {"api_key", "none"},
    "AuthenticationType": {"api_key"},
    "AuthorizationType": {"none"},
    "AutoAcceptSharedAssociations": {"enable"},
    "AutoAcceptSharedAttachments": {"enable"},
    "AutoAssignPublicIps": {"true"},
    "BlockPublicAcls": {"false"},
    "BlockPublicPolicy": {"false"},
    "CIDRIP": {"0.0.0.0/0"},
    "CidrIp": {"0.0.0.0/0"},
    "CidrIpv6": {"::/0"},
    "CreatePublicIP": {"true"},
    "EndpointPublicAccess": {"true"},
    "FunctionUrlAuthType": {"none"},
    "IgnorePublicAcls": {"false"},
    "IsHcxPublic": {"true"},
    "IsPubliclyAccessible": {"true"},
    "MapPublicIpOnLaunch": {"true"},
    "OnUnauthenticatedRequest": {"allow"},
    "Public": {"true"},
    "PublicConnectivity": {"true"},
    "PubliclyAccessible": {"true"},
    "ResourceConfigurationAuthType": {"none"},
    "RestrictPublicBuckets": {"false"},
    "Scheme": {"internet-facing"},
    "UserGroups": {"all"},
}

# Outbound traffic isn't checked here. Routes of an API have a separate control that knows paths.
OUTWARD = {"SecurityGroupEgress"}
ELSEWHERE = {API_METHOD, HTTP_ROUTE, "AWS::EC2::SecurityGroupEgress"}

# Types that are open unless a property closes them; an empty entry can't be closed.
CLOSED: Mapping[str, Callable[[Resource], object]] = {
    "AWS::Amplify::App": lambda app: app.get("BasicAuthConfig", "EnableBasicAuth"),
    "AWS::AppRunner::Service": lambda service: _is_false(
        service, "NetworkConfiguration", "IngressConfiguration", "IsPubliclyAccessible"
    ),
    "AWS::AppSync::ApiKey": lambda _: False,
    "AWS::CloudFront::Distribution": lambda distribution: distribution.get(
        "DistributionConfig", "DefaultCacheBehavior", "TrustedKeyGroups"
    ),
    "AWS::Cognito::UserPool": lambda pool: pool.get(
        "AdminCreateUserConfig", "AllowAdminCreateUserOnly"
    ),
    "AWS::EC2::InternetGateway": lambda _: False,
    "AWS::ECR::PublicRepository": lambda _: False,
    "AWS::EKS::Cluster": lambda cluster: _is_false(
        cluster, "ResourcesVpcConfig", "EndpointPublicAccess"
    ),
    "AWS::ElasticLoadBalancing::LoadBalancer": lambda balancer: (
        balancer.get("Scheme") == "internal"
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": lambda balancer: (
        balancer.get("Scheme") == "internal" or balancer.get("Type") == "gateway"
    ),
    "AWS::GlobalAccelerator::Accelerator": lambda _: False,
    "AWS::Lightsail::Container": lambda container: (
        not container.get("ContainerServiceDeployment", "PublicEndpoint")
    ),
    "AWS::MSK::Cluster": lambda cluster: (
        cluster.get("BrokerNodeGroupInfo", "ConnectivityInfo", "PublicAccess", "Type")
        in {None, "DISABLED"}
        and not cluster.get("ClientAuthentication", "Unauthenticated", "Enabled")
    ),
    "AWS::OpenSearchServerless::SecurityPolicy": lambda policy: (
        '"AllowFromPublic":true' not in "".join(text(policy.get("Policy")).split())
    ),
    "AWS::OpenSearchService::Domain": lambda domain: domain.get("VPCOptions"),
    "AWS::RAM::ResourceShare": lambda share: _is_false(share, "AllowExternalPrincipals"),
    "AWS::SES::MailManagerIngressPoint": lambda point: (
        not point.get("NetworkConfiguration", "PublicNetworkConfiguration")
    ),
    "AWS::Transfer::Server": lambda server: server.get("EndpointType") not in {None, "PUBLIC"},
    "AWS::VpcLattice::Service": lambda service: service.get("AuthType") == "AWS_IAM",
    "AWS::VpcLattice::ServiceNetwork": lambda network: network.get("AuthType") == "AWS_IAM",
}


def openings(resource: Resource) -> list[str] | None:
    """Return the properties that open a resource; None if no property could open it."""
    if resource.type in ELSEWHERE:
        return None
    stated = list(_stated(dict(resource.properties)))
    found = [f"{name} is {value}" for name, value in stated if value.lower() in OPEN_VALUES[name]]
    if resource.type in CLOSED and not found and not CLOSED[resource.type](resource):
        found = ["no property closes it"]
    return found if stated or resource.type in CLOSED else None


def _is_false(resource: Resource, *path: str) -> bool:
    """Return whether a property is false, as a boolean or as text."""
    return text(resource.get(*path)).lower() == "false"


def _stated(value: Value) -> Iterator[tuple[str, str]]:
    """Yield the properties that could open a resource, with their values."""
    match value:
        case list():
            for item in value:
                yield from _stated(item)
        case dict():
            for name, item in value.items():
                if name in OPEN_VALUES:
                    yield from ((name, text(each)) for each in items(item))
                elif name not in OUTWARD:
                    yield from _stated(item)
        case _:
            pass
