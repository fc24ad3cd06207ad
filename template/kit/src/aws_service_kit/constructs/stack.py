"""A stack of the service."""

from aws_cdk import Environment, Stack, Stage

from aws_service_kit.constructs.service import Service


class ServiceStack(Stack):
    """One domain's stack in one environment, named `<service>-<environment>-<domain>`.

    What was deployed before the template has another name, by `stack_names` of the configuration.
    Logical ids inside don't hold the environment's name, so every environment's template is the
    same but for its profile.

    Args:
        stage: The environment's stage.
        domain: Ends the stack's name.
        service: The environment's service.
        description: What the stack is for.
        region: Another one than the environment's, for what can't be made there.
    """

    def __init__(
        self,
        stage: Stage,
        domain: str,
        *,
        service: Service,
        description: str,
        region: str | None = None,
    ) -> None:
        environment = service.environment
        named = f"{service.name}-{environment.name}-{domain}"
        super().__init__(
            stage,
            domain,
            env=Environment(account=environment.account, region=region or environment.region),
            stack_name=environment.stack_names.get(domain, named),
            description=description,
            tags=service.tags,
            termination_protection=environment.termination_protection,
        )
