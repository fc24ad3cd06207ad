"""Synthesize a service, and find resources by type and property."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from aws_service_kit.app.synthesis import create_app
from aws_service_kit.config import EnvironmentName, ServiceConfig
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.controls.evidence import Evidence

Json = dict[str, Any]

# Types of the fixtures of these names.
MakeStacks = Callable[..., ModuleType]
MakeStack = Callable[..., tuple[ServiceStack, ServiceEnvironment]]


@dataclass(frozen=True)
class Resource:
    """A resource of a synthesized template."""

    environment: str
    stack: str
    logical_id: str
    kind: str
    body: Mapping[str, Any]

    @property
    def properties(self) -> Json:
        properties: Json = self.body.get("Properties", {})
        return properties

    @property
    def name(self) -> str:
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True)
class SynthesizedStack:
    """A stack of a cloud assembly."""

    stack_name: str
    tags: Mapping[str, str]
    termination_protection: bool
    template: Json


@dataclass(frozen=True)
class Synthesized:
    """A cloud assembly: the templates of all environments, and the findings of the rule packs."""

    folder: Path
    environments: tuple[str, ...]

    def resources(
        self, kind: str | None = None, *, environment: str | None = None
    ) -> list[Resource]:
        return [
            resource
            for resource in self._resources
            if kind in {None, resource.kind} and environment in {None, resource.environment}
        ]

    def stacks(self, environment: str) -> list[SynthesizedStack]:
        folder = self.folder / f"assembly-{environment}"
        return [
            SynthesizedStack(
                stack_name=artifact["properties"]["stackName"],
                tags=artifact["properties"].get("tags", {}),
                termination_protection=artifact["properties"].get("terminationProtection", False),
                template=_json(folder / artifact["properties"]["templateFile"]),
            )
            for artifact in _json(folder / "manifest.json")["artifacts"].values()
            if artifact["type"] == "aws:cloudformation:stack"
        ]

    def referred(self, resource: Resource, value: Any) -> Resource | None:  # noqa: ANN401 (any property)
        """Return the resource that a property refers to, in any stack; None otherwise."""
        stack = resource.stack
        match value:
            case {"Fn::ImportValue": export}:
                stack, value = self._exports[resource.environment, export]
            case {"Fn::GetStackOutput": {"StackName": str(other), "OutputName": str(output)}}:
                stack, value = other, self.output(other, output)
        match value:
            case {"Ref": logical_id} | {"Fn::GetAtt": [logical_id, _]}:
                return self._by_id.get((resource.environment, stack, logical_id))
        return None

    def output(self, stack: str, name: str) -> object:
        """Return the value of a stack's output, as in its template."""
        return self._outputs[stack][name]["Value"]

    def findings(self, key: Literal["violations", "suppressedViolations"]) -> list[Json]:
        report = _json(self.folder / "validation-report.json")
        return [finding for plugin in report["pluginReports"] for finding in plugin.get(key, [])]

    @cached_property
    def evidence(self) -> Evidence:
        """Return evidence for controls: these templates, in a repository without files."""
        return Evidence(self.folder, datetime.now(UTC).date(), self.folder)

    @cached_property
    def _by_id(self) -> dict[tuple[str, str, str], Resource]:
        return {
            (resource.environment, resource.stack, resource.logical_id): resource
            for resource in self._resources
        }

    @cached_property
    def _exports(self) -> dict[tuple[str, str], tuple[str, Any]]:
        """Stack and value by the name of the export."""
        return {
            (environment, output["Export"]["Name"]): (stack.stack_name, output["Value"])
            for environment in self.environments
            for stack in self.stacks(environment)
            for output in stack.template.get("Outputs", {}).values()
            if "Export" in output
        }

    @cached_property
    def _outputs(self) -> dict[str, Json]:
        return {
            stack.stack_name: stack.template.get("Outputs", {})
            for environment in self.environments
            for stack in self.stacks(environment)
        }

    @cached_property
    def _resources(self) -> list[Resource]:
        return [
            Resource(environment, stack.stack_name, logical_id, body["Type"], body)
            for environment in self.environments
            for stack in self.stacks(environment)
            for logical_id, body in stack.template["Resources"].items()
        ]


def synthesize(
    config: ServiceConfig,
    *,
    bundle: Path,
    outdir: Path,
    environments: tuple[EnvironmentName, ...] = ("dev", "staging", "prod"),
    stacks: ModuleType | None = None,
) -> Synthesized:
    """Synthesize environments of a service.

    Args:
        config: The service's configuration.
        bundle: The folder of the functions' code; any folder, unless functions run.
        outdir: The folder of the assembly.
        environments: The environments' names.
        stacks: The package of the stacks; by default the service's package.
    """
    app = create_app(
        config=config, bundle=bundle, outdir=outdir, environments=environments, stacks=stacks
    )
    app.synth()
    return Synthesized(outdir, environments)


def _json(path: Path) -> Json:
    content: Json = json.loads(path.read_text(encoding="utf-8"))
    return content


def with_environment(config: ServiceConfig, name: EnvironmentName, **values: Any) -> ServiceConfig:  # noqa: ANN401
    """Return a configuration with changed values of an environment."""
    changed = config.environments[name].model_copy(update=values)
    return config.model_copy(update={"environments": {**config.environments, name: changed}})


def without_key(config: ServiceConfig) -> ServiceConfig:
    """Return a configuration whose environments have no customer key, and so no stack for it."""
    for name in config.environments:
        config = with_environment(config, name, encryption="aws")
    return config


def with_authentication(config: ServiceConfig, authentication: str) -> ServiceConfig:
    """Return a configuration with another type of authentication."""
    api = config.api.model_copy(update={"authentication": authentication})
    return config.model_copy(update={"api": api})


def with_body_limit(config: ServiceConfig, max_body_kb: int) -> ServiceConfig:
    """Return a configuration with another maximum size of request bodies."""
    api = config.api.model_copy(update={"max_body_kb": max_body_kb})
    return config.model_copy(update={"api": api})


def with_runtime(config: ServiceConfig, runtime: str) -> ServiceConfig:
    """Return a configuration with another Lambda runtime."""
    section = config.lambda_.model_copy(update={"runtime": runtime})
    return config.model_copy(update={"lambda_": section})
