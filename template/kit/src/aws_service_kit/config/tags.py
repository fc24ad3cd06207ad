"""The tags of a service's stacks and resources (guideline, 9.4)."""

from __future__ import annotations

from aws_service_kit.config.schema import GUIDELINE_VERSION, EnvironmentConfig, ServiceConfig
from aws_service_kit.controls.organisation import ORGANISATION

# The tag of a preview's stacks with the last day of the preview.
EXPIRY_TAG = "expires-on"


def tags_of(config: ServiceConfig, environment: EnvironmentConfig) -> dict[str, str]:
    """Return the tags of every stack and of every resource that takes tags.

    Args:
        config: The service's configuration, whose `service.tags` are the team's.
        environment: The stacks' environment.

    Returns:
        The organisation's tags, then the team's.
    """
    service = config.service
    values = {
        "name": service.name,
        "owner": service.owner,
        "cost_center": service.cost_center,
        "organisation": service.organisation,
        "environment": environment.name,
        "guideline_version": GUIDELINE_VERSION,
    }
    organisation = {key: value.format_map(values) for key, value in ORGANISATION.tags.items()}
    return {**organisation, **service.tags}
