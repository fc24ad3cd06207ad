"""Contradictions between an environment's connections and the rest of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_service_kit.config.schema import NOT_CHOSEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aws_service_kit.config.schema import EnvironmentConfig, EnvironmentName, ServiceConfig


def contradictions_of_connections(config: ServiceConfig) -> Iterator[tuple[str, str]]:
    """Yield the keys of connections that contradict other keys, each with a message."""
    for name, environment in config.environments.items():
        for key, message in _of_environment(environment, config.api.authentication):
            yield f"environments.{name}.{key}", message
    yield from _shared_domains(config.environments)


def _of_environment(
    environment: EnvironmentConfig, authentication: str
) -> Iterator[tuple[str, str]]:
    if environment.domain is not None and environment.domain.certificate_arn is not None:
        _, _, _, region, account, _ = environment.domain.certificate_arn.split(":")
        if region != environment.region or _is_another(account, environment):
            yield (
                "domain.certificate_arn",
                f"is in {region} and account {account}: a regional API takes a certificate of the "
                f"same region and account, {environment.region} and {environment.account}",
            )
    pool = environment.user_pool
    if pool is None:
        return
    if authentication != "cognito":
        yield "user_pool", 'is only for an API with api.authentication = "cognito"'
    if pool.region != environment.region:
        yield "user_pool.arn", f"is in {pool.region}: name a pool in {environment.region}"
    if pool.client_id is None and _is_another(pool.account, environment):
        yield (
            "user_pool.arn",
            f"is of account {pool.account}: set client_id to an app client of the pool's owner",
        )


def _is_another(account: str, environment: EnvironmentConfig) -> bool:
    return environment.account not in {account, NOT_CHOSEN}


def _shared_domains(
    environments: Mapping[EnvironmentName, EnvironmentConfig],
) -> Iterator[tuple[str, str]]:
    owners: dict[str, str] = {}
    for name, environment in environments.items():
        if environment.domain is not None:
            owner = owners.setdefault(environment.domain.name, name)
            if owner != name:
                yield f"environments.{name}.domain.name", f"is the domain of {owner} already"
