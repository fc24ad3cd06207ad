"""A network for functions: private subnets, and endpoints for what they call."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from aws_cdk import Fn, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from aws_service_kit.constructs.arguments import ArgumentError, check
from aws_service_kit.constructs.endpoints import ENDPOINTS, GATEWAYS, endpoint_of, only_this_account
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.flow_logs import FlowLogs
from aws_service_kit.constructs.stateful import pin_logical_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import CfnResource

    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.service import Service

# As many as it takes to do without one; an endpoint is paid for by the zone.
ZONES = 2
# The network's addresses are halved twice: room for four zones.
SUBNET_PREFIX_BITS = 2
# A subnet is /28 at the smallest, and a network /16 at the largest.
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
PREFIXES = range(16, 27)

HTTPS = 443


class Vpc(Construct):
    """A network without a way out: subnets that reach AWS services through endpoints only.

    Every function is put into it, unless it's made with `in_vpc=False`; endpoints follow from what
    functions are allowed. They all stand in this stack, so that it refers to no other.

    A deployed network can't be removed in the deployment that takes functions out of it: Lambda
    deletes their network interfaces later, by the permissions of their roles. `connect=False` is
    the deployment before (kit/guides/switching-off.md).

    It's made of plain resources: CDK's own `Vpc` looks the account's zones up, and templates would
    depend on credentials. That one also closes the network's default security group, by a custom
    resource: a function outside the guideline, which may change any group. CloudFormation itself
    can't, and here nothing is in that group; where Security Hub's EC2.2 must be quiet, revoke the
    group's two rules by hand.

    Args:
        service: The environment's service.
        cidr: The addresses, /16 to /26; any will do as long as nothing is peered.
        zone_ids: Availability zones by their ids, such as `use1-az1`; by default the region's first
            two. For an account in which one of those lacks an endpoint.
        endpoints: More endpoints than `endpoints.ENDPOINTS` has, in the same form.
        connect: Put functions into the network. False takes them out of a deployed one; endpoints,
            exports and the permissions for network interfaces stay.

    Attributes:
        connect: As given.
        subnet_ids: The subnets, for functions.
        security_group_id: The functions' security group.

    Raises:
        ArgumentError: Functions were made before it, which should be in it; or AWS has no such
            networks or zones.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        cidr: str,
        zone_ids: Sequence[str] = (),
        endpoints: Mapping[str, str] | None = None,
        connect: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        if service.functions:
            early = service.functions[0].node.path
            raise ArgumentError(f"{early}: made before the network that it should be in")
        network = self._network(cidr)
        zones = 2**SUBNET_PREFIX_BITS
        different = len(set(zone_ids)) == len(zone_ids) <= zones
        check(self, different, f"zone_ids are {zones} different zones at most")
        self.connect = connect
        self._endpoints = {**ENDPOINTS, **(endpoints or {})}
        self._vpc_id = self._add_vpc(cidr)
        self._route_table_id = ec2.CfnRouteTable(self, "Routes", vpc_id=self._vpc_id).ref
        self.subnet_ids = self._add_subnets(network, zone_ids)
        self.security_group_id = self._add_functions_group()
        self._endpoints_group_id = self._add_endpoints_group()
        FlowLogs(self, "Flows", service=service, vpc_id=self._vpc_id)
        for name in GATEWAYS:
            self._add_gateway(name)
        export(self, *self.subnet_ids, self.security_group_id)

    def reach(self, function: ServiceFunction, actions: Sequence[str]) -> None:
        """Let a function's code call some actions, by the endpoints that this takes.

        Args:
            function: In the network.
            actions: Exact actions, such as `sqs:SendMessage`.

        Raises:
            ArgumentError: No endpoint is known for one of them.
        """
        for action in actions:
            if action.partition(":")[0] in GATEWAYS:
                continue
            name = endpoint_of(action, self._endpoints)
            if name is None:
                raise ArgumentError(
                    f"{function.node.path}: no endpoint is known for {action}, so it can't be "
                    "called from the network: make the function with in_vpc=False, or name an "
                    "endpoint that AWS has for it in the Vpc's `endpoints`"
                )
            self._add_interface(name)

    def _network(self, cidr: str) -> IPv4Network:
        try:
            network = IPv4Network(cidr)
        except ValueError as error:
            raise ArgumentError(f"{self.node.path}: cidr is no network: {error}") from None
        fits = network.prefixlen in PREFIXES
        check(self, fits, "cidr is /16 to /26, since a subnet is a quarter")
        return network

    def _add_vpc(self, cidr: str) -> str:
        # Private DNS, by which the SDK finds endpoints under the usual names, needs both.
        vpc = ec2.CfnVPC(
            self, "Vpc", cidr_block=cidr, enable_dns_support=True, enable_dns_hostnames=True
        )
        pin_logical_id(vpc, self.node.id)
        return vpc.ref

    def _add_subnets(self, network: IPv4Network, zone_ids: Sequence[str]) -> list[str]:
        zones: Sequence[str | None] = zone_ids or [None] * ZONES
        blocks = list(network.subnets(prefixlen_diff=SUBNET_PREFIX_BITS))[: len(zones)]
        return [
            self._add_subnet(number, str(block), zone_id)
            for number, (block, zone_id) in enumerate(zip(blocks, zones, strict=True), start=1)
        ]

    def _add_subnet(self, number: int, block: str, zone_id: str | None) -> str:
        subnet = ec2.CfnSubnet(
            self,
            f"Subnet{number}",
            vpc_id=self._vpc_id,
            cidr_block=block,
            availability_zone=None if zone_id else Fn.select(number - 1, Fn.get_azs()),
            availability_zone_id=zone_id,
            map_public_ip_on_launch=False,
        )
        self._pin(subnet)
        ec2.CfnSubnetRouteTableAssociation(
            self, f"Routes{number}", subnet_id=subnet.ref, route_table_id=self._route_table_id
        )
        return subnet.ref

    def _add_functions_group(self) -> str:
        # The endpoints of DynamoDB and S3 are routes to public addresses of theirs, and nothing in
        # CloudFormation gives the prefix list that holds them. No route leads to other addresses.
        group = ec2.CfnSecurityGroup(
            self,
            "Functions",
            vpc_id=self._vpc_id,
            group_description="Functions: HTTPS to where a route leads, which is endpoints only",
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    from_port=HTTPS,
                    to_port=HTTPS,
                    cidr_ip="0.0.0.0/0",
                    description="HTTPS to endpoints",
                )
            ],
        )
        self._pin(group)
        return group.attr_group_id

    def _add_endpoints_group(self) -> str:
        group = ec2.CfnSecurityGroup(
            self,
            "Endpoints",
            vpc_id=self._vpc_id,
            group_description="Endpoints: HTTPS from functions, and no calls of their own",
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp",
                    from_port=HTTPS,
                    to_port=HTTPS,
                    source_security_group_id=self.security_group_id,
                    description="HTTPS from functions",
                )
            ],
            # A group without egress rules would be given one that allows everything.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="-1", cidr_ip="127.0.0.1/32", description="Nothing"
                )
            ],
        )
        return group.attr_group_id

    def _add_gateway(self, name: str) -> None:
        endpoint = ec2.CfnVPCEndpoint(
            self,
            _construct_id(name),
            vpc_endpoint_type="Gateway",
            vpc_id=self._vpc_id,
            service_name=self._service_name(name),
            route_table_ids=[self._route_table_id],
            policy_document=only_this_account(),
        )
        self._pin(endpoint)

    def _add_interface(self, name: str) -> None:
        if self.node.try_find_child(_construct_id(name)) is not None:
            return
        endpoint = ec2.CfnVPCEndpoint(
            self,
            _construct_id(name),
            vpc_endpoint_type="Interface",
            vpc_id=self._vpc_id,
            service_name=self._service_name(name),
            subnet_ids=self.subnet_ids,
            security_group_ids=[self._endpoints_group_id],
            private_dns_enabled=True,
            policy_document=only_this_account(),
        )
        self._pin(endpoint)

    def _service_name(self, name: str) -> str:
        return f"com.amazonaws.{Stack.of(self).region}.{name}"

    def _pin(self, resource: CfnResource) -> None:
        # What has another logical id is made before the old one goes: other stacks hold on to the
        # subnets and the group, and a network takes an endpoint of a name and a route only once.
        pin_logical_id(resource, f"{self.node.id}{resource.node.id}")


def _construct_id(endpoint: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", endpoint.title()) + "Endpoint"
