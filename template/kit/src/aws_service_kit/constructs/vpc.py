"""A VPC for functions: private subnets, and endpoints for the AWS services that they call."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from aws_cdk import Fn, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct
from typing_extensions import deprecated

from aws_service_kit.constructs.arguments import ArgumentError, renamed_argument, require
from aws_service_kit.constructs.endpoints import ENDPOINTS, GATEWAYS, endpoint_of, only_this_account
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.flow_logs import FlowLogs
from aws_service_kit.constructs.stateful import pin_logical_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from aws_cdk import CfnResource

    from aws_service_kit.config.connections import ExistingVpc
    from aws_service_kit.constructs.environment import Former

# Enough for the failure of one zone; an endpoint costs money in each zone.
ZONES = 2
# The address range has four subnets, for up to four zones.
SUBNET_PREFIX_BITS = 2
# The smallest subnet is /28, and the largest network /16.
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
PREFIXES = range(16, 27)

HTTPS = 443


class Vpc(Construct):
    """A VPC without internet access: its subnets reach AWS services through endpoints only.

    Every function is attached to it, unless the function has `in_vpc=False`. Endpoints are created
    for the actions that functions are allowed. All of them are in this stack, so that it refers to
    no other.

    A deployed network can't be removed in the same deployment as its functions: Lambda deletes
    their network interfaces later, with the permissions of their roles. First deploy
    `attach_functions=False` (kit/guides/switching-off.md).

    It consists of L1 resources. CDK's `Vpc` looks up the account's zones, so templates would depend
    on credentials. CDK's `Vpc` also closes the default security group with a custom resource, a
    function outside the guideline that may change any group. CloudFormation itself can't close the
    group, and no resource here uses it. For Security Hub's control EC2.2, revoke the group's two
    rules by hand.

    If the environment's configuration names an existing VPC, functions are attached to that one.
    Only their security group is created, unless one is named. Endpoints are the responsibility of
    the VPC's owner (kit/guides/connections.md).

    Example:
        ```python
        Vpc(stack, "Network", cidr="10.0.0.0/20")  # for the functions created after it
        ```

    Args:
        cidr: Address range, /16 to /26; any range works unless the VPC is peered.
        zone_ids: Availability zones by their ids, such as `use1-az1`; by default the region's first
            two. Set it if one of those lacks an endpoint.
        endpoints: Endpoints in addition to `endpoints.ENDPOINTS`, in the same form.
        attach_functions: Attach functions to the network. False detaches them from a deployed
            network; endpoints, exports and the permissions for network interfaces stay.
        connect: Former name of `attach_functions`.

    Attributes:
        attach_functions: The given value.
        subnet_ids: Ids of the functions' subnets.
        security_group_id: Id of the functions' security group.

    Raises:
        ArgumentError: A function of the network was created before it, or `cidr` or `zone_ids` is
            invalid.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cidr: str,
        zone_ids: Sequence[str] = (),
        endpoints: Mapping[str, str] | None = None,
        attach_functions: bool = True,
        connect: bool | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        if environment.functions:
            early = environment.functions[0].node.path
            raise ArgumentError(f"{early}: created before the network that it should be in")
        require(self, environment.network is None, "the environment has a network already")
        environment.network = self
        network = self._network(cidr)
        zones = 2**SUBNET_PREFIX_BITS
        different = len(set(zone_ids)) == len(zone_ids) <= zones
        require(self, different, f"zone_ids are {zones} different zones at most")
        self.attach_functions = renamed_argument(
            self, "attach_functions", attach_functions, "connect", connect
        )
        self._endpoints = {**ENDPOINTS, **(endpoints or {})}
        self._existing = environment.settings.vpc
        if self._existing is not None:
            self._join(self._existing)
            return
        self._vpc_id = self._add_vpc(cidr)
        self._route_table_id = ec2.CfnRouteTable(self, "Routes", vpc_id=self._vpc_id).ref
        self.subnet_ids = self._add_subnets(network, zone_ids)
        self.security_group_id = self._add_functions_group(
            self._vpc_id, "Functions: HTTPS to where a route leads, which is endpoints only"
        )
        self._endpoints_group_id = self._add_endpoints_group()
        FlowLogs(self, "Flows", vpc_id=self._vpc_id)
        for name in GATEWAYS:
            self._add_gateway(name)
        export(self, *self.subnet_ids, self.security_group_id)

    @deprecated("reach is called add_endpoints_for since 2.1.0")
    def reach(self, function: IConstruct, actions: Sequence[str]) -> None:
        """The former name of `add_endpoints_for`."""
        self.add_endpoints_for(function, actions)

    def add_endpoints_for(self, function: IConstruct, actions: Sequence[str]) -> None:
        """Add the endpoints that a function's code needs to call some actions.

        An existing VPC gets none. The control S-D5.endpoints reports those that it lacks.

        Args:
            function: A function in the network.
            actions: Exact actions, such as `sqs:SendMessage`.

        Raises:
            ArgumentError: No endpoint is known for one of them.
        """
        if self._existing is not None:
            return
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
        require(self, fits, "cidr is /16 to /26, since a subnet is a quarter")
        return network

    def _add_vpc(self, cidr: str) -> str:
        # Private DNS, which resolves the usual names of services to endpoints, needs both.
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

    def _join(self, existing: ExistingVpc) -> None:
        self.subnet_ids = list(existing.subnet_ids)
        if existing.security_group_id is not None:
            self.security_group_id = existing.security_group_id
            return
        self.security_group_id = self._add_functions_group(
            existing.id, "Functions: HTTPS to where a route leads"
        )
        export(self, self.security_group_id)

    def _add_functions_group(self, vpc_id: str, description: str) -> str:
        # The gateway endpoints of DynamoDB and S3 are routes to their public addresses, and
        # CloudFormation has no attribute with the prefix list of these. A new network has no route
        # to other addresses.
        group = ec2.CfnSecurityGroup(
            self,
            "Functions",
            vpc_id=vpc_id,
            group_description=description,
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
            # A group without egress rules would get one that allows all traffic.
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
        # Under another logical id, a resource is created before the old one is deleted. That fails:
        # other stacks use the subnets and the group, and endpoints and routes must be unique.
        pin_logical_id(resource, f"{self.node.id}{resource.node.id}")


def _construct_id(endpoint: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", endpoint.title()) + "Endpoint"
