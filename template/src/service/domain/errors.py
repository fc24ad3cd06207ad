"""Errors of the domain. Their messages never contain the rejected values."""


class DomainError(Exception):
    """A business rule was broken."""

    @property
    def public_message(self) -> str:
        """The message for callers. Without this property the API doesn't show it."""
        return str(self)


class InvalidCpfError(DomainError, ValueError):
    """The document isn't a CPF."""


class IdempotencyKeyReusedError(DomainError):
    """The idempotency key was used before, for another submission."""


class SubmissionInProgressError(DomainError):
    """Another submission with the same idempotency key is being written."""


class OrderNotFoundError(DomainError):
    """The owner has no order with this id."""
