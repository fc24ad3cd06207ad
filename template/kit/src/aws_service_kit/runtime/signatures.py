"""Signatures of webhooks: an HMAC with SHA-256 over the body as it was sent.

A scheme reads the signature from headers. Verification compares in constant time.
"""

import base64
import binascii
import hashlib
import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from aws_service_kit.runtime.errors import ConfigurationError

# Allowed difference between a signature's time stamp and the clock, in either direction.
TOLERANCE_SECONDS = 300

_DIGEST_BYTES = hashlib.sha256().digest_size
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)

Header = Callable[[str], str]


class SignatureError(Exception):
    """The headers have no valid signature; the message is the reason, for the log."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature in a request's headers.

    Attributes:
        signatures: The digests. A sender that rotates its secret sends one for each value.
        preamble: The signed bytes before the body.
        timestamp: The signed time, in seconds since 1970; None if the scheme has none.
        message_id: The signed id of the message; None if the scheme has none.
    """

    signatures: tuple[bytes, ...]
    preamble: bytes = b""
    timestamp: int | None = None
    message_id: str | None = None


class SignatureScheme(ABC):
    """A way to sign webhooks."""

    @abstractmethod
    def read(self, header: Header) -> Signed:
        """Return the signature in headers.

        Args:
            header: Returns the single value of a header.

        Raises:
            SignatureError: A header is missing or malformed.
        """

    @abstractmethod
    def sign(self, body: bytes, secret: str, *, at: datetime, message_id: str) -> dict[str, str]:
        """Return the headers that sign a body, for senders and for tests."""

    def key(self, secret: str) -> bytes:
        """Return the HMAC's key for a secret."""
        return secret.encode()

    def digest(self, body: bytes, secret: str, preamble: bytes = b"") -> bytes:
        """Return the digest of a body."""
        return hmac.new(self.key(secret), preamble + body, hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class GitHub(SignatureScheme):
    """GitHub's signature: `X-Hub-Signature-256: sha256=<hexadecimal digits>`.

    It has no time stamp, and the id in `X-GitHub-Delivery` isn't signed.

    Source: GitHub, "Validating webhook deliveries".
    """

    def read(self, header: Header) -> Signed:
        """Return the signature in headers."""
        value = header("X-Hub-Signature-256")
        return Signed((_hexadecimal(value.removeprefix("sha256=")),))

    def sign(self, body: bytes, secret: str, *, at: datetime, message_id: str) -> dict[str, str]:
        """Return the headers that sign a body; without time and id."""
        del at, message_id
        return {"X-Hub-Signature-256": f"sha256={self.digest(body, secret).hex()}"}


@dataclass(frozen=True, slots=True)
class Stripe(SignatureScheme):
    """Stripe's signature: `Stripe-Signature: t=<seconds>,v1=<hexadecimal digits>`.

    Other senders use the same form in another header. Elements other than `t` and `v1` are
    ignored.

    Source: Stripe, "Resolve webhook signature verification errors".

    Args:
        header: Name of the header.
    """

    header: str = "Stripe-Signature"

    def read(self, header: Header) -> Signed:
        """Return the signature in headers."""
        elements = [element.strip().partition("=") for element in header(self.header).split(",")]
        times = [value for name, _, value in elements if name == "t"]
        digests = tuple(_hexadecimal(value) for name, _, value in elements if name == "v1")
        if len(times) != 1 or not digests:
            raise SignatureError("the header lacks a single t or a v1")
        return Signed(digests, f"{times[0]}.".encode(), _seconds(times[0]))

    def sign(self, body: bytes, secret: str, *, at: datetime, message_id: str) -> dict[str, str]:
        """Return the headers that sign a body; without an id."""
        del message_id
        seconds = int(at.timestamp())
        digest = self.digest(body, secret, f"{seconds}.".encode()).hex()
        return {self.header: f"t={seconds},v1={digest}"}


@dataclass(frozen=True, slots=True)
class StandardWebhooks(SignatureScheme):
    """The signature of the Standard Webhooks specification, which signs id, time and body.

    The secret is base64, with or without the prefix `whsec_`.

    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

    Args:
        prefix: Prefix of the headers' names; `svix` for senders that use Svix.
    """

    prefix: str = "webhook"

    def read(self, header: Header) -> Signed:
        """Return the signature in headers."""
        message_id = header(f"{self.prefix}-id")
        timestamp = header(f"{self.prefix}-timestamp")
        signatures = header(f"{self.prefix}-signature").split(" ")
        digests = tuple(
            _base64(digest)
            for version, _, digest in (signature.partition(",") for signature in signatures)
            if version == "v1"
        )
        preamble = f"{message_id}.{timestamp}.".encode()
        return Signed(digests, preamble, _seconds(timestamp), message_id)

    def sign(self, body: bytes, secret: str, *, at: datetime, message_id: str) -> dict[str, str]:
        """Return the headers that sign a body."""
        seconds = int(at.timestamp())
        digest = self.digest(body, secret, f"{message_id}.{seconds}.".encode())
        return {
            f"{self.prefix}-id": message_id,
            f"{self.prefix}-timestamp": str(seconds),
            f"{self.prefix}-signature": f"v1,{base64.b64encode(digest).decode()}",
        }

    def key(self, secret: str) -> bytes:
        """Return the HMAC's key for a secret.

        Raises:
            ConfigurationError: The secret isn't base64.
        """
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            raise ConfigurationError("The secret of the webhook isn't base64.") from None


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderSignature(SignatureScheme):
    """A signature in a header of any name, with or without a time stamp in another one.

    With a time stamp, the signed bytes are `<seconds>.<body>`; otherwise the body. Prefer a sender
    with time stamps: without them, only the table of deliveries recognises a replayed request.

    Args:
        header: Name of the header with the signature.
        timestamp_header: Name of the header with the seconds since 1970.
        prefix: Text before the digest, such as `sha256=`.
        encoding: Encoding of the digest.
    """

    header: str
    timestamp_header: str | None = None
    prefix: str = ""
    encoding: str = "hex"

    def __post_init__(self) -> None:
        if self.encoding not in {"hex", "base64"}:
            raise ValueError(f"{self.encoding!r} is no encoding: hex or base64")

    def read(self, header: Header) -> Signed:
        """Return the signature in headers."""
        value = header(self.header)
        if not value.startswith(self.prefix):
            raise SignatureError("the signature lacks its prefix")
        text = value.removeprefix(self.prefix)
        digest = _hexadecimal(text) if self.encoding == "hex" else _base64(text)
        if self.timestamp_header is None:
            return Signed((digest,))
        timestamp = header(self.timestamp_header)
        return Signed((digest,), f"{timestamp}.".encode(), _seconds(timestamp))

    def sign(self, body: bytes, secret: str, *, at: datetime, message_id: str) -> dict[str, str]:
        """Return the headers that sign a body; without an id."""
        del message_id
        seconds = str(int(at.timestamp()))
        timed = self.timestamp_header is not None
        digest = self.digest(body, secret, f"{seconds}.".encode() if timed else b"")
        text = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        stamp = {} if self.timestamp_header is None else {self.timestamp_header: seconds}
        return {self.header: f"{self.prefix}{text}", **stamp}


def verify(
    scheme: SignatureScheme,
    header: Header,
    body: bytes,
    secrets: Iterable[str],
    *,
    now: datetime,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> tuple[Signed, int]:
    """Verify a body's signature; return it, and the number of secrets tried until one matched.

    Args:
        scheme: How the sender signs.
        header: Returns the single value of a header, or raises a `SignatureError`.
        body: The body as it was sent.
        secrets: The valid secrets; read one by one, until one matches.
        now: The current time.
        tolerance_seconds: Allowed difference between the time stamp and `now`.

    Raises:
        SignatureError: The signature is missing, malformed, wrong or too old.
    """
    signed = scheme.read(header)
    if not signed.signatures:
        raise SignatureError("there is no signature of a known version")
    late = 0.0 if signed.timestamp is None else abs(now.timestamp() - signed.timestamp)
    if late > tolerance_seconds:
        raise SignatureError("the time stamp is outside the tolerance")
    for tried, secret in enumerate(secrets, start=1):
        expected = scheme.digest(body, secret, signed.preamble)
        # Not `any`, which would stop at the first match.
        matches = [hmac.compare_digest(expected, each) for each in signed.signatures]
        if True in matches:
            return signed, tried
    raise SignatureError("no secret matches the signature")


def _hexadecimal(text: str) -> bytes:
    try:
        return _digest(bytes.fromhex(text))
    except ValueError:
        raise SignatureError("the signature isn't hexadecimal") from None


def _base64(text: str) -> bytes:
    try:
        return _digest(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise SignatureError("the signature isn't base64") from None


def _digest(value: bytes) -> bytes:
    if len(value) != _DIGEST_BYTES:
        raise SignatureError("the signature has another length")
    return value


def _seconds(text: str) -> int:
    if not _SECONDS.fullmatch(text):
        raise SignatureError("the time stamp isn't a number of seconds")
    return int(text)
