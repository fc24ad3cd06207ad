"""The API's OpenAPI document, from the service's stacks."""

import sys
import tempfile
from pathlib import Path

from aws_cdk import App

from aws_service_kit.app.openapi_document import (
    ALWAYS,
    CORRELATION,
    PROBLEM,
    RESPONSE_HEADERS,
    SECURITY_SCHEMES,
    WITH_AUTHENTICATION,
    WITH_BODY,
    WITH_INPUT,
    WITH_SIGNATURE,
    document,
    text,
    write,
)
from aws_service_kit.app.synthesis import MISTAKES, build_environment
from aws_service_kit.config import ServiceConfig, load
from aws_service_kit.controls.evidence.assembly import DOCUMENT
from aws_service_kit.project import ROOT

__all__ = [
    "ALWAYS",
    "CORRELATION",
    "PROBLEM",
    "RESPONSE_HEADERS",
    "SECURITY_SCHEMES",
    "WITH_AUTHENTICATION",
    "WITH_BODY",
    "WITH_INPUT",
    "WITH_SIGNATURE",
    "document",
    "main",
    "render",
    "text",
    "write",
]


def render(config: ServiceConfig, bundle: Path) -> str | None:
    """Synthesize the stacks and return their OpenAPI document as text; None without an API.

    Args:
        config: The service's configuration.
        bundle: Any folder, since the functions' code isn't used.
    """
    with tempfile.TemporaryDirectory() as outdir:
        environment = build_environment(
            App(outdir=outdir), config=config, name="dev", bundle=bundle
        )
    return text(config, environment)


def main(root: Path = ROOT) -> None:
    """Write docs/openapi.json alone; the task `derive` writes it with the other documents."""
    try:
        written = render(load(root), bundle=root / "src")
    except MISTAKES as error:
        sys.exit(f"error: {error}")
    if written is None:
        sys.stdout.write(f"No stack has an API: there is no {DOCUMENT} to write.\n")
        return
    path = root / DOCUMENT
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
