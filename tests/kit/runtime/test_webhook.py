import base64
import hashlib
import hmac
import json
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import ConflictError, DependencyUnavailableError
from aws_service_kit.runtime.http import Handler
from aws_service_kit.runtime.signatures import (
    GitHub,
    HeaderSignature,
    SignatureError,
    SignatureScheme,
    StandardWebhooks,
    Stripe,
    verify,
)
from aws_service_kit.runtime.webhook import Delivery, webhook
from aws_service_kit.testing.api_gateway import proxy_event
from aws_service_kit.testing.unit import Context, Output
from hypothesis import given
from hypothesis import strategies as st

pytestmark = [pytest.mark.guideline("P3"), pytest.mark.usefixtures("aws")]

SECRET = base64.b64encode(b"a secret of thirty-two bytes....").decode()
OLD, NEW = (base64.b64encode(value).decode() for value in (b"old" * 8, b"new" * 8))
NOW = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
BODY = b'{ "number":1.0,\n "text":"\xc3\xa7\\u00e3" }'
SCHEMES = {
    "github": GitHub(),
    "stripe": Stripe(),
    "standard": StandardWebhooks(),
    "header": HeaderSignature(header="X-Signature"),
    "header and time": HeaderSignature(
        header="X-Signature", timestamp_header="X-Time", prefix="v0=", encoding="base64"
    ),
}
EVERY = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
TIMED = pytest.mark.parametrize(
    "scheme", [SCHEMES[name] for name in ("stripe", "standard", "header and time")]
)

handled: list[Delivery] = []


def handle(delivery: Delivery) -> None:
    """Fail for some bodies."""
    if b"unavailable" in delivery.body:
        raise DependencyUnavailableError("SQS: Throttled")
    handled.append(delivery)


HANDLERS = {id(scheme): webhook(scheme)(handle) for scheme in SCHEMES.values()}


@pytest.fixture(autouse=True)
def arn(aws: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """Create the secret and the table of deliveries, and set the time; return the secret's ARN."""
    del aws
    handled.clear()
    created = clients.secretsmanager().create_secret(Name="webhook", SecretString=SECRET)
    clients.dynamodb().create_table(
        TableName="records",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    deliveries = {
        "table": "records",
        "partition_key": "pk",
        "sort_key": "sk",
        "time_to_live": "expires_at",
        "days": 30,
    }
    monkeypatch.setenv("WEBHOOK_SECRET_ARN", created["ARN"])
    monkeypatch.setenv("DELIVERIES_TABLE", json.dumps(deliveries))
    at(NOW, monkeypatch)
    return created["ARN"]


def at(time: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("deliveries", "webhook"):
        monkeypatch.setattr(f"aws_service_kit.runtime.{module}.now", lambda: time)


def request(headers: dict[str, str], body: bytes = BODY, *, binary: bool = False) -> dict[str, Any]:
    event = proxy_event(body.decode(), caller=None, headers=headers)
    if binary:
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return event


def signed(
    scheme: SignatureScheme,
    body: bytes = BODY,
    *,
    secret: str = SECRET,
    time: datetime = NOW,
    message_id: str = "msg_1",
    **how: bool,
) -> dict[str, Any]:
    return request(scheme.sign(body, secret, at=time, message_id=message_id), body, **how)


def respond(scheme: SignatureScheme, event: dict[str, Any]) -> dict[str, Any]:
    handler: Handler = HANDLERS[id(scheme)]
    return handler(event, Context())


@EVERY
@pytest.mark.parametrize("binary", [False, True])
def test_a_signed_request_is_handled_with_its_exact_body(
    scheme: SignatureScheme, binary: bool
) -> None:
    response = respond(scheme, signed(scheme, binary=binary))
    assert (response["statusCode"], response["body"]) == (200, '{"received":true}')
    [delivery] = handled
    assert delivery.body == BODY
    assert set(delivery.id) <= set(string.hexdigits)


def test_githubs_documented_example_is_valid() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries."""
    given_header = {
        "X-Hub-Signature-256": "sha256="
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    }
    secret, body = "It's a Secret to Everybody", b"Hello, World!"
    assert GitHub().sign(body, secret, at=NOW, message_id="") == given_header
    verify(GitHub(), given_header.__getitem__, body, [secret], now=NOW)


def test_stripes_documented_format_is_valid() -> None:
    """https://docs.stripe.com/webhooks#verify-manually: `t`, a period, the body."""
    seconds = int(NOW.timestamp())
    digest = hmac.new(b"whsec_x", f"{seconds}.".encode() + BODY, hashlib.sha256).hexdigest()
    header = {"Stripe-Signature": f"t={seconds},v1={digest},v0={'0' * 64}"}
    verify(Stripe(), header.__getitem__, BODY, ["whsec_x"], now=NOW)


@EVERY
@given(position=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_any_other_body_is_rejected(scheme: SignatureScheme, position: int, bit: int) -> None:
    headers = scheme.sign(BODY, SECRET, at=NOW, message_id="msg_1")
    changed = bytearray(BODY)
    changed[position] ^= 1 << bit
    with pytest.raises(SignatureError):
        verify(scheme, headers.__getitem__, bytes(changed), [SECRET], now=NOW)


def reserialised() -> bytes:
    return json.dumps(json.loads(BODY)).encode()


REJECTED = {
    "unsigned": {},
    "empty": {"X-Hub-Signature-256": ""},
    "another form": {"X-Hub-Signature-256": "sha1=" + "0" * 40},
    "too short": {"X-Hub-Signature-256": "sha256=00"},
    "not hexadecimal": {"X-Hub-Signature-256": "sha256=" + "é" * 64},
    "a guess": {"X-Hub-Signature-256": "sha256=" + "0" * 64},
    "another body's": GitHub().sign(b"{}", SECRET, at=NOW, message_id=""),
    "the same JSON's": GitHub().sign(reserialised(), SECRET, at=NOW, message_id=""),
    "an empty secret's": GitHub().sign(BODY, "", at=NOW, message_id=""),
    "another secret's": GitHub().sign(BODY, NEW, at=NOW, message_id=""),
}


@pytest.mark.parametrize("headers", REJECTED.values(), ids=REJECTED)
def test_an_invalid_signature_is_rejected_without_details(
    headers: dict[str, str], output: Output
) -> None:
    response = respond(SCHEMES["github"], request(headers))
    assert response["statusCode"] == 401
    problem = json.loads(response["body"])
    assert problem.keys() <= {"type", "title", "status", "correlation_id", "instance", "code"}
    plain = respond(SCHEMES["github"], request({}))
    assert {**json.loads(plain["body"]), "instance": ""} == {**problem, "instance": ""}
    assert not handled
    assert output.logs[0]["signature_fault"]
    assert output.counted("CallerFault") == 2


STRIPE_REJECTED = [
    "t=1",
    "v1=00",
    "t=,v1=" + "0" * 64,
    "t=1,t=2,v1=" + "0" * 64,
    "v1",
    ",",
    "t=\u0661,v1=" + "0" * 64,
]


@pytest.mark.parametrize("value", STRIPE_REJECTED)
def test_a_malformed_header_is_rejected(value: str) -> None:
    assert respond(SCHEMES["stripe"], request({"Stripe-Signature": value}))["statusCode"] == 401


def test_two_signatures_are_rejected() -> None:
    event = signed(SCHEMES["github"])
    event["multiValueHeaders"]["x-hub-signature-256"] = ["sha256=" + "0" * 64]
    assert respond(SCHEMES["github"], event)["statusCode"] == 401


@TIMED
@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (299, 200), (-299, 200), (302, 401), (-302, 401)]
)
def test_a_timestamp_is_valid_for_minutes(
    scheme: SignatureScheme, seconds: int, status: int
) -> None:
    event = signed(scheme, time=NOW - timedelta(seconds=seconds))
    assert respond(scheme, event)["statusCode"] == status


@TIMED
def test_the_timestamp_is_signed(scheme: SignatureScheme) -> None:
    old = int((NOW - timedelta(days=1)).timestamp())
    event = signed(scheme, time=NOW - timedelta(days=1))
    new = json.loads(json.dumps(event).replace(str(old), str(int(NOW.timestamp()))))
    assert respond(scheme, new)["statusCode"] == 401


@EVERY
def test_two_secrets_are_valid_during_a_rotation(scheme: SignatureScheme, arn: str) -> None:
    put = clients.secretsmanager().put_secret_value
    put(SecretId=arn, SecretString=OLD)
    put(SecretId=arn, SecretString=NEW)
    statuses = [
        respond(scheme, signed(scheme, b"%d" % number, secret=secret, message_id=str(number)))
        for number, secret in enumerate((NEW, OLD, SECRET))
    ]
    assert [each["statusCode"] for each in statuses] == [200, 200, 401]


def test_the_log_shows_a_signature_with_the_previous_secret(arn: str, output: Output) -> None:
    scheme, put = SCHEMES["github"], clients.secretsmanager().put_secret_value
    put(SecretId=arn, SecretString=OLD)
    put(SecretId=arn, SecretString=NEW)
    for secret in (NEW, SECRET, OLD):
        respond(scheme, signed(scheme, secret.encode(), secret=secret))
    assert [line.get("secret_version") for line in output.logs] == [None, None, "previous"]


def test_a_line_break_after_a_secret_is_ignored(arn: str) -> None:
    clients.secretsmanager().put_secret_value(SecretId=arn, SecretString=f"{NEW}\n")
    assert respond(SCHEMES["github"], signed(SCHEMES["github"], secret=NEW))["statusCode"] == 200


@pytest.mark.parametrize("value", [" ", "\n"])
def test_an_empty_secret_is_a_service_fault(value: str, arn: str) -> None:
    clients.secretsmanager().put_secret_value(SecretId=arn, SecretString=value)
    for secret in ("", value):
        response = respond(SCHEMES["github"], signed(SCHEMES["github"], secret=secret))
        assert response["statusCode"] == 500
    assert not handled


@EVERY
def test_a_repeated_delivery_is_handled_once(scheme: SignatureScheme) -> None:
    event = signed(scheme)
    assert [respond(scheme, event)["statusCode"] for _ in range(3)] == [200, 200, 200]
    assert len(handled) == 1


def test_an_unsigned_id_does_not_identify_a_delivery() -> None:
    event = signed(SCHEMES["github"])
    for name in ("one", "two"):
        event["headers"]["X-GitHub-Delivery"] = name
        event["multiValueHeaders"]["X-GitHub-Delivery"] = [name]
        respond(SCHEMES["github"], event)
    assert len(handled) == 1


def test_a_retry_with_a_new_time_is_the_same_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    respond(SCHEMES["stripe"], signed(SCHEMES["stripe"]))
    later = NOW + timedelta(hours=1)
    at(later, monkeypatch)
    event = signed(SCHEMES["stripe"], time=later)
    assert respond(SCHEMES["stripe"], event)["statusCode"] == 200
    assert len(handled) == 1


def test_a_failed_delivery_is_handled_again() -> None:
    scheme, fails = SCHEMES["github"], [True]

    @webhook(scheme)
    def flaky(delivery: Delivery) -> None:
        if fails.pop():
            raise DependencyUnavailableError("SQS: Throttled")
        handled.append(delivery)

    fails.insert(0, False)
    event = signed(scheme)
    statuses = [flaky(event, Context())["statusCode"] for _ in range(2)]
    assert statuses == [503, 200]
    assert len(handled) == 1


def test_a_concurrent_delivery_is_a_conflict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scheme, event = SCHEMES["github"], signed(SCHEMES["github"])
    inside: list[int] = []

    @webhook(scheme)
    def slow(delivery: Delivery) -> None:
        del delivery
        inside.append(respond(scheme, event)["statusCode"])

    assert slow(event, Context())["statusCode"] == 200
    assert inside == [ConflictError.status]
    assert not handled

    # The first invocation timed out. After its lock expires, a retry is handled.
    @webhook(scheme)
    def forgotten(delivery: Delivery) -> None:
        handled.append(delivery)

    clients.dynamodb().update_item(
        TableName="records",
        Key={
            "pk": {"S": f"DELIVERY#{hashlib.sha256(BODY).hexdigest()}"},
            "sk": {"S": "DELIVERY"},
        },
        UpdateExpression="SET #state = :started",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":started": {"S": "started"}},
    )
    assert forgotten(event, Context())["statusCode"] == ConflictError.status
    at(NOW + timedelta(seconds=1000), monkeypatch)
    assert forgotten(event, Context())["statusCode"] == 200
    assert len(handled) == 1


def test_an_expired_delivery_counts_as_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    for days in (0, 29, 31):
        at(NOW + timedelta(days=days), monkeypatch)
        respond(SCHEMES["github"], signed(SCHEMES["github"]))
    assert len(handled) == 2


def test_neither_the_body_nor_the_secret_is_logged_or_stored(output: Output) -> None:
    body = b'{"cpf":"529.982.247-25"}'
    respond(SCHEMES["github"], signed(SCHEMES["github"], body))
    respond(SCHEMES["github"], request({"X-Hub-Signature-256": "sha256=" + "0" * 64}, body))
    stored = str(clients.dynamodb().scan(TableName="records")["Items"])
    for text in ("529.982", SECRET):
        assert text not in output.text
        assert text not in stored


def test_an_unknown_encoding_is_rejected() -> None:
    with pytest.raises(ValueError, match="hex or base64"):
        HeaderSignature(header="X-Signature", encoding="hexadecimal")


def test_the_comparison_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    respond(SCHEMES["github"], signed(SCHEMES["github"]))
    assert all(len(one) == len(other) == 32 for one, other in compared)
    assert compared
