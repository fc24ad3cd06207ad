"""Entry point of webhooks: requests that another system signs with a shared secret.

The route has no authorizer (`RestApi.add_webhook`). The signature over the body as it was sent
authenticates the sender.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aws_service_kit.runtime import environment_variables, parameters
from aws_service_kit.runtime.deliveries import Deliveries, RepeatedDelivery
from aws_service_kit.runtime.errors import ConfigurationError, UnauthenticatedError
from aws_service_kit.runtime.http import Handler, Response, endpoint
from aws_service_kit.runtime.ids import now
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.received import Received
from aws_service_kit.runtime.request import Request
from aws_service_kit.runtime.signatures import SignatureError, SignatureScheme, verify


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook's request with a valid signature.

    Attributes:
        id: Equal in every retry, so that consumers can recognise a duplicate: a hash of the signed
            id, or else of the body, in 64 hexadecimal digits.
        request: The request; `request.json(Model)` parses the body.
        body: The body as it was sent.
    """

    id: str
    request: Request
    body: bytes


# Values that `parameters.secret_versions` yields before the previous one: the cached current value
# and the current one.
BEFORE_PREVIOUS = 2


def webhook(scheme: SignatureScheme) -> Callable[[Callable[[Delivery], None]], Handler]:
    """Make a Lambda handler of a function that takes a delivery.

    A request without a valid signature gets a 401 without details; the log has the reason. Two
    values of the secret are valid: the current and the previous one. If only the previous one
    matches, the request's log lines have the key `secret_version`: give the sender the current
    value before the next rotation. A time stamp may differ from the clock by five minutes.

    A repeated delivery gets the same response, and the function isn't called. If the function
    raises, the sender gets the error's status, and its retry is handled. So the function should be
    quick: send a message to a queue, with the delivery's id.

    Example:
        ```python
        @webhook(GitHub())
        def handler(delivery: Delivery) -> None:
            order = delivery.request.json(OrderView)
            ship(order_id=order.id)
        ```

    Args:
        scheme: How the sender signs, such as `signatures.GitHub()`.
    """

    def decorate(handle: Callable[[Delivery], None]) -> Handler:
        @functools.wraps(handle)
        def respond(request: Request) -> Response:
            delivery = _authenticated(request, scheme)
            try:
                with Deliveries.configured().once(delivery.id):
                    handle(delivery)
            except RepeatedDelivery:
                logger.info("Delivery repeated")
            return Response(200, Received())

        return endpoint(respond)

    return decorate


def _authenticated(request: Request, scheme: SignatureScheme) -> Delivery:
    """Return the delivery of a request.

    Raises:
        UnauthenticatedError: The request has no valid signature.
    """
    body = request.raw_body
    header = functools.partial(_single_header, request)
    try:
        signed, tried = verify(scheme, header, body, _secrets(), now=now())
    except SignatureError as error:
        # The response doesn't contain the reason, which would help to forge a signature.
        logger.append_keys(signature_fault=str(error))
        raise UnauthenticatedError from None
    if tried > BEFORE_PREVIOUS:
        logger.append_keys(secret_version="previous")  # noqa: S106 (no secret)
    identity = body if signed.message_id is None else signed.message_id.encode()
    return Delivery(hashlib.sha256(identity).hexdigest(), request, body)


def _single_header(request: Request, name: str) -> str:
    values = request.header_values(name)
    # With two values, the gateway and this service could each read a different one.
    if len(values) != 1:
        raise SignatureError(f"there are {len(values)} headers {name}")
    return values[0]


def _secrets() -> Iterator[str]:
    """Yield the values of the secret that are valid for a signature, the previous one last.

    Raises:
        ConfigurationError: A value is empty, so that anyone could sign with it.
    """
    arn = environment_variables.required(environment_variables.WEBHOOK_SECRET_ARN)
    for value in parameters.secret_versions(arn):
        # A value that was pasted may end with a line break.
        if not (secret := value.strip()):
            raise ConfigurationError("The secret of the webhook is empty.")
        yield secret
