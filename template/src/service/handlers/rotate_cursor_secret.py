"""Rotation of the secret that signs cursors."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

import secrets

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.rotation import rotation

BYTES = 48

clients.create_at_init(clients.secretsmanager)


@rotation
def handler() -> str:
    """Return a random value.

    Cursors that were signed with the previous value are valid until the next rotation.
    """
    return secrets.token_urlsafe(BYTES)
