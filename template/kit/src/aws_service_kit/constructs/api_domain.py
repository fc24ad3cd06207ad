"""A custom domain name of a REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stage
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.stateful import pin_logical_id

if TYPE_CHECKING:
    from aws_service_kit.config.connections import ApiDomain as Settings

# TLS 1.2 with forward secrecy, or TLS 1.3; the host name must be the API's. AWS recommends the same
# security policy for an API and its domain.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
SECURITY_POLICY = apigateway.SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09
SECURITY_POLICY_NAME = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
ACCESS_MODE = "STRICT"


class ApiDomain(Construct):
    """A custom domain name with its certificate, its base path mapping and its DNS record.

    The logical ids are fixed. Under other ids CloudFormation would create the three resources again
    before it deletes the existing ones, and both would have the same names.

    Example:
        ```python
        ApiDomain(
            stack,
            "Domain",
            settings=connections.ApiDomain(
                name="orders.example.com", zone_id="Z0123456789ABCDEF", zone_name="example.com"
            ),
            api=api.api,
        )
        ```

    Args:
        settings: The environment's `domain`.
        api: The API.

    Attributes:
        url: The API's base URL at the domain, with a slash at the end like API Gateway's URL.
        target: The target of a DNS record that isn't created by the service.

    Raises:
        ArgumentError: Another API of the environment uses the domain.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, api: apigateway.RestApi
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._require_unused_domain()
        self._prefix = f"{scope.node.id}{construct_id}"
        zone = self._zone()
        domain = apigateway.DomainName(
            self,
            "Name",
            domain_name=settings.name,
            certificate=self._certificate(zone),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=SECURITY_POLICY,
            endpoint_access_mode=apigateway.EndpointAccessMode.STRICT,
        )
        pin_logical_id(domain, self._prefix)
        mapping = apigateway.BasePathMapping(
            self,
            "Mapping",
            domain_name=domain,
            rest_api=api,
            base_path=settings.base_path or None,
            # A reference, so that CloudFormation creates the stage first.
            stage=api.deployment_stage,
        )
        pin_logical_id(mapping, f"{self._prefix}Mapping")
        if zone is not None:
            self._add_record(zone, domain)
        self.url = f"{settings.url}/"
        self.target = domain.domain_name_alias_domain_name

    def _require_unused_domain(self) -> None:
        environment = Stage.of(self) or self.node.root
        domains = [each for each in environment.node.find_all() if isinstance(each, ApiDomain)]
        alone = len(domains) == 1
        require(self, alone, "the environment's domain is another API's: use custom_domain=False")

    def _zone(self) -> route53.IHostedZone | None:
        settings = self._settings
        if settings.zone_id is None or settings.zone_name is None:
            return None
        return route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=settings.zone_id, zone_name=settings.zone_name
        )

    def _certificate(self, zone: route53.IHostedZone | None) -> acm.ICertificate:
        settings = self._settings
        if settings.certificate_arn is not None:
            return acm.Certificate.from_certificate_arn(
                self, "Certificate", settings.certificate_arn
            )
        certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=settings.name,
            validation=acm.CertificateValidation.from_dns(zone),
        )
        pin_logical_id(certificate, f"{self._prefix}Certificate")
        return certificate

    def _add_record(self, zone: route53.IHostedZone, domain: apigateway.DomainName) -> None:
        # An alias record also works for the name of the zone itself; a CNAME doesn't.
        record = route53.ARecord(
            self,
            "Record",
            zone=zone,
            record_name=f"{self._settings.name}.",
            target=route53.RecordTarget.from_alias(targets.ApiGatewayDomain(domain)),
        )
        pin_logical_id(record, f"{self._prefix}Record")
