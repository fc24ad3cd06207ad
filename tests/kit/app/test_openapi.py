from pathlib import Path

import pytest
from aws_service_kit.app import openapi
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.route import RequestParameter, Route
from aws_service_kit.runtime.request import MAX_BODY_BYTES
from aws_service_kit.testing.synthesis import Json, with_authentication
from pydantic import BaseModel


class Thing(BaseModel):
    """A thing.

    Not for callers.
    """

    name: str


def route(path: str = "/things/{id}", *, public: bool = False, body: bool = True) -> Route:
    return Route(
        method="PUT",
        path=path,
        operation="PutThing",
        body=Thing if body else None,
        responses={200: Thing, 204: None},
        query={"dry": RequestParameter(description="Only try.")},
        headers={"X-Key": RequestParameter(description="Key.", required=True)},
        public=public,
    )


def operation(config: ServiceConfig, described: Route) -> Json:
    found: Json = openapi.document(config, [described])["paths"][described.path]["put"]
    return found


def test_an_operation_has_its_inputs_and_responses(config: ServiceConfig) -> None:
    put = operation(config, route())
    assert put["operationId"] == "putThing"
    assert put["summary"] == "Put thing"
    assert [(item["in"], item["name"], item["required"]) for item in put["parameters"]] == [
        ("path", "id", True),
        ("query", "dry", False),
        ("header", "X-Correlation-Id", False),
        ("header", "X-Key", True),
    ]
    assert put["requestBody"]["description"] == f"At most {MAX_BODY_BYTES} bytes."
    assert put["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Thing"
    }
    assert put["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Thing"
    }
    assert "content" not in put["responses"]["204"]
    assert {"400", "401", "403", "413", "415", "429", "500"} <= set(put["responses"])


def test_a_public_operation_needs_no_authentication(config: ServiceConfig) -> None:
    health = operation(config, route("/health", public=True, body=False))
    assert health["security"] == []
    assert "401" not in health["responses"]
    assert "requestBody" not in health


@pytest.mark.parametrize(
    ("authentication", "scheme_type"), [("iam", "apiKey"), ("cognito", "http")]
)
def test_the_security_scheme_is_the_configured_one(
    authentication: str, scheme_type: str, config: ServiceConfig
) -> None:
    document = openapi.document(with_authentication(config, authentication), [route()])
    assert document["components"]["securitySchemes"][authentication]["type"] == scheme_type
    assert document["security"] == [{authentication: []}]


def test_descriptions_of_schemas_are_for_callers(config: ServiceConfig) -> None:
    schemas = openapi.document(config, [route()])["components"]["schemas"]
    assert schemas["Thing"]["description"] == "A thing."
    assert "Problem" in schemas


def test_the_task_writes_only_the_openapi_document(
    tmp_path: Path, config: ServiceConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openapi, "load", lambda _root: config)
    monkeypatch.setattr(openapi, "render", lambda _config, bundle: "{}\n" if bundle else None)
    openapi.main(tmp_path)
    assert (tmp_path / "docs" / "openapi.json").read_text(encoding="utf-8") == "{}\n"


def test_an_error_is_printed_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: .*answers\.toml: the file is missing"):
        openapi.main(tmp_path)


def test_without_an_api_nothing_is_written(
    tmp_path: Path,
    config: ServiceConfig,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(openapi, "load", lambda _root: config)
    monkeypatch.setattr(openapi, "render", lambda _config, bundle: None if bundle else "")
    openapi.main(tmp_path)
    assert not (tmp_path / "docs").exists()
    assert "No stack has an API" in capsys.readouterr().out
