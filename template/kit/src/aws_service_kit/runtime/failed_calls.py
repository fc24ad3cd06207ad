"""Add the resource of a failed AWS call to the call's error.

Messages of AWS often don't name the resource. Clients of `clients` report, for example,
`Requested resource not found (table orders)`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

# Not imported at run time, since functions without AWS calls don't load the SDK.
if TYPE_CHECKING:
    from botocore.model import OperationModel
    from botocore.session import Session

# Types of resources by the parameters with their name, URL or ARN. No other part of a call is used:
# keys of items and objects may be personal data.
_RESOURCE_TYPES = {
    "TableName": "table",
    "QueueUrl": "queue",
    "TopicArn": "topic",
    "Bucket": "bucket",
    "SecretId": "secret",
    "EventBusName": "event bus",
    "stateMachineArn": "state machine",
    "FunctionName": "function",
}
_PARAMETERS = ("Name", "Names", "Path")
_RESOURCE = "Resource"


def name_resources(session: "Session") -> None:
    """Make the clients of a session add the resource to the errors of failed calls."""
    session.register("before-parameter-build", _remember)
    session.register("after-call", _add)


def resource_of(failure: BaseException) -> str | None:
    """Return the resource of the failed AWS call that caused an exception, such as `table orders`.

    Args:
        failure: The call's error, or an exception that it caused.

    Returns:
        None if no failed call caused it, or if the call names no resource.
    """
    error: BaseException | None = failure
    while error is not None:
        response = getattr(error, "response", None)  # of the SDK's `ClientError`
        if isinstance(response, Mapping) and isinstance(about := response.get("Error"), Mapping):
            return about.get(_RESOURCE)
        error = error.__cause__ or error.__context__
    return None


def resources(operation: str, parameters: Mapping[str, Any]) -> str:
    """Return the resources of a call, such as `table orders`, without its other parameters."""
    found = dict.fromkeys(_found(operation, parameters))
    return ", ".join(f"{resource_type} {name}" for resource_type, name in found)


def _remember(**call: Any) -> None:  # noqa: ANN401 (the SDK's)
    model: OperationModel = call["model"]
    call["context"][_RESOURCE] = resources(model.name, call["params"])


def _add(**call: Any) -> None:  # noqa: ANN401 (the SDK's)
    about, named = call["parsed"].get("Error"), call["context"].get(_RESOURCE)
    if isinstance(about, dict) and named:
        about[_RESOURCE] = named
        about["Message"] = f"{about.get('Message') or ''} ({named})".lstrip()


def _found(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, resource_type in _RESOURCE_TYPES.items():
        if key in parameters:
            yield resource_type, _name(parameters[key])
    if "Parameter" in operation:  # of Systems Manager
        for key in _PARAMETERS:
            value = parameters.get(key, ())
            yield from (
                ("parameter", name) for name in ([value] if isinstance(value, str) else value)
            )
    # Of a batch or a transaction.
    yield from (("table", _name(name)) for name in parameters.get("RequestItems", ()))
    for entry in _entries(parameters):
        yield from _found("", entry)


def _entries(parameters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _mappings(parameters.get("Entries", ()))
    for item in _mappings(parameters.get("TransactItems", ())):
        yield from _mappings(item.values())


def _mappings(values: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    return (value for value in values if isinstance(value, Mapping))


def _name(value: object) -> str:
    """Return the name in an ARN or a URL, or a name itself."""
    text = str(value)
    if text.startswith("arn:"):
        return text.split(":", 5)[-1].partition("/")[2] or text.rsplit(":", maxsplit=1)[-1]
    return text.rpartition("/")[2] if "://" in text else text
