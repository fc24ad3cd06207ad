"""The factory of published notifications."""

from aws_service_kit.runtime import clients, environment_variables

from service.adapters.published_notifications import PublishedNotificationsTable


def published_notifications() -> PublishedNotificationsTable:
    """Return the published notifications in the table TABLE_NAME."""
    return PublishedNotificationsTable(
        clients.dynamodb(), environment_variables.required("TABLE_NAME")
    )
