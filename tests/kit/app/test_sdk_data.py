import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from aws_service_kit.app.bundle import KIT, copy_code
from aws_service_kit.app.sdk_data import FOLDER, add_sdk_data
from aws_service_kit.project import ROOT
from aws_service_kit.runtime import clients

SDK = Path(botocore.__file__).parent / "data"
ENDPOINTS: dict[str, Any] = json.loads((SDK / "endpoints.json").read_bytes())
# Creating clients in all regions takes too long, and regions of a partition differ only in data.
REGIONS = ["us-east-1", "sa-east-1", *(min(each["regions"]) for each in ENDPOINTS["partitions"])]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDK's data in a bundle of this service."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "botocore").mkdir()
    (folder / "botocore" / "data").symlink_to(SDK)
    copy_code(ROOT / "src" / "service", folder / "service")
    copy_code(KIT, folder / KIT.name)
    add_sdk_data(folder)
    return folder


@pytest.fixture
def bundled(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bundled folder of data, used by the SDK."""
    monkeypatch.setattr(clients, "_DATA", bundle / FOLDER)
    monkeypatch.setattr(clients, "client", clients.client.__wrapped__)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    return bundle / FOLDER


def named(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_every_service_of_the_runtime_is_included(bundled: Path) -> None:
    used = {"ce", "dynamodb", "events", "s3", "secretsmanager", "sns", "sqs", "ssm"}
    assert used <= set(named(bundled))
    assert len(named(bundled)) < 30, "few other services are included"


def test_the_endpoints_are_those_of_the_sdk(bundled: Path) -> None:
    kept = json.loads((bundled / "endpoints.json").read_bytes())
    prefixes = set(kept["partitions"][0]["services"])
    assert len(prefixes) == len(named(bundled))
    for ours, theirs in zip(kept["partitions"], ENDPOINTS["partitions"], strict=True):
        services = {name: each for name, each in theirs["services"].items() if name in prefixes}
        assert ours == {**theirs, "services": services}


def test_clients_are_those_of_the_sdk_in_every_partition(
    bundled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = botocore.session.get_session()
    for region in REGIONS:
        monkeypatch.setenv("AWS_REGION", region)
        for name in named(bundled):
            expected = usual.create_client(name, region_name=region)
            assert described(clients.client(name)) == described(expected), (name, region)


def described(client: Any) -> dict[str, Any]:  # noqa: ANN401 (the SDK makes client classes at run time)
    model = client.meta.service_model
    return {
        "endpoint": client.meta.endpoint_url,
        "signed for": (client._request_signer.region_name, client._request_signer.signing_name),
        "signature": client._request_signer.signature_version,
        "operations": model.operation_names,
        "metadata": model.metadata,
        "waiters": client.waiter_names,
    }


def test_the_data_of_a_service_omits_only_documentation(bundled: Path) -> None:
    usual = botocore.session.get_session().get_component("data_loader")
    kept = clients._session_on(bundled).get_component("data_loader")
    for name in named(bundled):
        for model in ("service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2"):
            if name not in usual.list_available_services(model):
                continue
            ours, theirs = (each.load_service_model(name, model) for each in (kept, usual))
            assert type(ours) is dict, "the SDK's dictionaries take twice the memory"
            documented = model in ("service-2", "endpoint-rule-set-1")
            left_out = ["documentation"] if documented else []
            assert list(differences(ours, theirs)) == left_out, (name, model)


def differences(ours: object, theirs: object) -> Iterator[str]:
    """Yield the keys with differences between two JSON values, each once."""
    seen: set[str] = set()
    pending = [("", ours, theirs)]
    while pending:
        name, one, other = pending.pop()
        if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            pending += [(key, one[key], other[key]) for key in one]
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            pending += [(name, *pair) for pair in zip(one, other, strict=True)]
        elif one != other and name not in seen:
            seen.add(name)
            yield name


def test_an_included_service_reads_only_the_bundled_data(
    bundled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []
    list_folder = os.listdir

    def watched(path: str) -> list[str]:
        listed.append(path)
        return list_folder(path)

    monkeypatch.setattr(os, "listdir", watched)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    clients._session_on.cache_clear()
    clients.client("sqs")

    assert listed
    assert [path for path in listed if not path.startswith(str(bundled))] == []


def test_other_services_use_the_data_of_the_sdk(
    bundled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not (bundled / "kinesis").exists()
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    made: Any = clients.client("kinesis")

    assert made.meta.endpoint_url == "https://kinesis.us-east-1.amazonaws.com"


def test_the_data_of_an_added_client_is_included(tmp_path: Path) -> None:
    (tmp_path / "botocore").mkdir()
    (tmp_path / "botocore" / "data").symlink_to(SDK)
    (tmp_path / "service").mkdir()
    code = 'states = client("stepfunctions")'
    (tmp_path / "service" / "added.py").write_text(code, encoding="utf-8")

    add_sdk_data(tmp_path)

    assert named(tmp_path / FOLDER) == ["stepfunctions"]
    endpoints = json.loads((tmp_path / FOLDER / "endpoints.json").read_bytes())
    # The SDK has another name for it here.
    assert set(endpoints["partitions"][0]["services"]) == {"states"}
