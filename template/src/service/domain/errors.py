"""What the domain refuses; messages never hold the values that were refused."""


class DomainError(Exception):
    """A business rule was broken."""


class InvalidCpfError(DomainError, ValueError):
    """The document isn't a CPF."""


class IdempotencyKeyReusedError(DomainError):
    """The idempotency key was used before, for another submission."""


class SubmissionInProgressError(DomainError):
    """Another submission with the same idempotency key is being written at this moment."""


class RequestNotFoundError(DomainError):
    """The owner has no request with this id."""
