"""Messages to try the service with: `python3 dev.py local` shows a command for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_service_kit.local.messages import Message
from aws_service_kit.runtime import ids

from service.adapters.requests_table import RequestsTable
from service.domain.cpf import Cpf
from service.domain.ports import IdempotencyKey
from service.domain.request import Priority, ProcessingRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.messages import Example
    from aws_service_kit.local.resources import Deployed

TABLE = "AWS::DynamoDB::GlobalTable"


def pending_request(cloud: Cloud, found: Sequence[Deployed]) -> Message:
    """Store a request that waits for its decision, and name it."""
    (table,) = (each.physical_id for each in found if each.kind == TABLE)
    now = ids.now()
    request = ProcessingRequest(
        id=ids.new_id(now),
        owner="example",
        reference="example-1",
        priority=Priority.NORMAL,
        amount_cents=12_500,
        document=Cpf("52998224725"),
        created_at=now,
    )
    requests = RequestsTable(cloud.client("dynamodb"), table)
    requests.add(request, IdempotencyKey(request.id, "example"))
    named = {"owner": request.owner, "request_id": request.id, "status": request.status}
    return Message("Processing Request", named)


# By the stack of who gets them, and the name there.
EXAMPLES: Mapping[str, Example] = {
    "events/Events": pending_request,
    "messaging/Notifications": pending_request,
    "messaging/Requests": pending_request,
    "workflow/Processing": pending_request,
}
