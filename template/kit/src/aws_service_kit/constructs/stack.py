"""A stack of the service."""

from enum import IntEnum
from typing import ClassVar

from aws_cdk import Environment, Stack, Stage

from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.runtime.former_names import warn


class BuildOrder(IntEnum):
    """When a stack is built: before all others, among them, or after them."""

    FIRST = 0
    NORMAL = 1
    LAST = 2


class ServiceStack(Stack):
    """One domain's stack in one environment, named `<service>-<environment>-<domain>`.

    A file in `infrastructure/stacks/` has a subclass for each of its stacks. Its constructor takes
    the stage, the environment, and by keyword the resources that it requires from other stacks; a
    resource with the default None is optional. Its annotated attributes are the resources that it
    provides to others, under those names.

    A stack that was deployed before the service used the template keeps its name, which
    `stack_names` of team.toml lists. Logical ids don't contain the environment's name, so the
    templates of all environments are equal except for their profiles.

    Example:
        ```python
        stack = ServiceStack(stage, "orders", environment=environment, description="Orders")
        ```

    Args:
        stage: The environment's stage.
        domain: Last part of the stack's name.
        environment: The environment; the stack's constructs find it by `ServiceEnvironment.of`.
        description: The purpose of the stack.
        region: Another region than the environment's, for resources that it doesn't support.

    Attributes:
        order: When the stack is built. By default it is built after the stacks that provide its
            requirements. FIRST is for resources that every construct uses, such as the network;
            LAST is for a stack that shows all others.
        in_previews: Whether previews of pull requests have the stack.
        service_environment: The given environment; `environment` is an attribute of CDK.

    Raises:
        ArgumentError: No environment is given.
    """

    order: ClassVar[BuildOrder] = BuildOrder.NORMAL
    in_previews: ClassVar[bool] = True
    service_environment: ServiceEnvironment

    def __init__(
        self,
        stage: Stage,
        domain: str,
        *,
        description: str,
        environment: ServiceEnvironment | None = None,
        region: str | None = None,
        service: ServiceEnvironment | None = None,
    ) -> None:
        if service is not None:
            warn("ServiceStack(service=…)", "ServiceStack(environment=…)", stacklevel=4)
        environment = environment or service
        if environment is None:
            raise ArgumentError(f"{stage.node.path}/{domain}: pass the stack its environment")
        settings = environment.settings
        named = f"{environment.name}-{settings.name}-{domain}"
        super().__init__(
            stage,
            domain,
            env=Environment(account=settings.account, region=region or settings.region),
            stack_name=settings.stack_names.get(domain, named),
            description=description,
            tags=environment.tags,
            termination_protection=settings.termination_protection,
        )
        self.service_environment = environment
