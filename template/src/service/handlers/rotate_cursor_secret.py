"""Rotation of the secret that signs cursors: make up a new value."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

import secrets

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.rotation import rotation

BYTES = 48

clients.create_at_init(clients.secretsmanager)


@rotation
def handler() -> str:
    """Return a value that nobody can guess; what the one before signed is valid until the next."""
    return secrets.token_urlsafe(BYTES)
