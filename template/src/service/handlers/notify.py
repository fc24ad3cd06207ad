"""The workflow's last task: tell the outcome."""

from service.adapters.notifications import notifications
from service.handlers.workflow_states import Outcome, Told
from service.runtime import clients, settings
from service.runtime.task import task

clients.prime(*([clients.sns] if settings.optional_text("TOPIC_ARN") else []))


@task(Outcome)
def handler(outcome: Outcome) -> Told:
    """Tell, if there is a topic; the workflow's own history tells in any case."""
    told = notifications(outcome.correlation_id)
    if told is not None:
        told.tell(outcome.to_notice())
    return Told(correlation_id=outcome.correlation_id)
