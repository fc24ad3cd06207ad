"""The table of environments: their configuration, and resources that only some of them have."""

from __future__ import annotations

from collections.abc import Mapping

from aws_service_kit.config import EnvironmentConfig, ServiceConfig
from aws_service_kit.dev.deployment_targets import chosen
from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.markdown import code, table, text


def render(config: ServiceConfig, assemblies: Mapping[str, Assembly]) -> str:
    """Return a table of the environments' configuration, and resources that some lack."""
    environments = {name: config.environments[name] for name in config.environments}
    columns = [_values(config, environment) for environment in environments.values()]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    connected = [_connections(environment) for environment in environments.values()]
    rows += [
        (name, *(code(column[name]) or "none" for column in connected))
        for name in connected[0]
        if any(column[name] for column in connected)
    ]
    parts = [table(("", *environments), rows)]
    only = _not_everywhere(assemblies)
    if only:
        parts += ["Not in every environment:", "\n".join(only)]
    return "\n\n".join(parts)


def _values(config: ServiceConfig, environment: EnvironmentConfig) -> dict[str, str]:
    origins = ", ".join(map(code, environment.cors_allow_origins))
    return {
        "Account": "chosen" if environment.name in chosen(config) else "not chosen yet",
        "Region": code(environment.region),
        "Log level": environment.log_level,
        "Retention of logs": f"{environment.log_retention_days} days",
        "Stateful resources removed from the template": {"retain": "kept", "destroy": "deleted"}[
            environment.removal
        ],
        "Deletion protection of tables and user pools": _yes(environment.deletion_protection),
        "Termination protection of stacks": _yes(environment.termination_protection),
        "Point-in-time recovery of tables": _yes(environment.point_in_time_recovery),
        "New code is deployed by a canary": _yes(environment.canary),
        "Firewall of the API": _yes(environment.waf),
        "API: requests per second": f"{environment.api_rate_per_second}",
        "API: requests at once": f"{environment.api_burst}",
        "API: origins for browsers": origins or "none",
        "Permissions boundary of all roles": code(environment.permissions_boundary or "") or "none",
    }


def _connections(environment: EnvironmentConfig) -> dict[str, str]:
    domain, vpc, pool = environment.domain, environment.vpc, environment.user_pool
    return {
        "Domain of the API": domain.url.removeprefix("https://") if domain else "",
        "Existing VPC": vpc.id if vpc else "",
        "Existing user pool": pool.id if pool else "",
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _not_everywhere(assemblies: Mapping[str, Assembly]) -> list[str]:
    found: dict[Resource, list[str]] = {}
    for name, assembly in assemblies.items():
        for resource in assembly.resources():
            if resource.diagram_type is not None:
                found.setdefault(resource, []).append(name)
    return [
        f"- {text(resource.diagram_type.title)} {code(resource.name)} of {code(resource.stack)}:"
        f" {', '.join(names)}"
        for resource, names in found.items()
        if resource.diagram_type is not None and len(names) < len(assemblies)
    ]
