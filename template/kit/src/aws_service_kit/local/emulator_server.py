"""The emulator with access control; runs in the emulator's Python."""

from __future__ import annotations

import os

from ministack import app as ministack  # type: ignore[import-not-found]
from ministack.services import sts  # type: ignore[import-not-found]

from aws_service_kit.local.access_control import Restricted
from aws_service_kit.local.failed_starts import log_failed_starts
from aws_service_kit.local.generated_secrets import follow_all_settings

# This variable is only for this module. Functions would inherit it.
os.environ.pop("PYTHONPATH", None)


def session_token(access_key: str) -> str | None:
    """Return the token of a temporary access key that the emulator has issued, or None."""
    session = sts._sessions.get(access_key)
    token: str | None = session and session.get("SessionToken")
    return token


restricted = Restricted(ministack.app, os.environ["AWS_ACCESS_KEY_ID"], session_token)


def main() -> None:
    """Serve until the process ends."""
    log_failed_starts()
    follow_all_settings()
    ministack.app = restricted
    ministack.main()


if __name__ == "__main__":
    main()
