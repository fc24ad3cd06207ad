"""Keys of the service in every log line about a request, a message, an event or a task."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_service_kit.runtime.envelope import Correlated
    from aws_service_kit.runtime.request import Request


def log_keys(work: "Request | Correlated") -> Mapping[str, object]:
    """Return keys for all log lines of one request, message, event or task.

    The kit's entry points call this before a handler. `work` is a `Request`, an `Envelope` or a
    workflow's state. Keys must not be personal data. For example, a tenant's id:

    ```python
    from aws_service_kit.runtime.envelope import Envelope
    from aws_service_kit.runtime.request import Request

    if isinstance(work, Request):
        return {"tenant_id": work.claims.get("custom:tenant_id")}
    if isinstance(work, Envelope):
        return {"tenant_id": work.data.get("tenant_id")}
    return {}
    ```
    """
    del work  # for the keys of your service
    return {}
