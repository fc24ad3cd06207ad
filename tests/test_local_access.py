"""The emulator runs only the developer's code, tested with real requests and a browser."""

from __future__ import annotations

import io
import json
import shutil
import stat
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3
from aws_service_kit.local.cloud import HOST, Cloud, free_port
from aws_service_kit.local.emulator import Emulator

from tests.programs import ROOT

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FUNCTIONS = "/2015-03-31/functions"
CODE = """
import json, os
import botocore.session
def handler(event, context):
    client = botocore.session.get_session().create_client("dynamodb", "us-east-1")
    return {"variables": dict(os.environ), "tables": client.list_tables()["TableNames"]}
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_TOKEN", "a secret of the shell")
        emulator = Emulator(ROOT / "template", tmp_path_factory.mktemp("emulator") / "local")
        emulator.start(free_port())
        yield emulator
        emulator.stop()


@pytest.fixture
def cloud(emulator: Emulator) -> Cloud:
    return emulator.cloud()


def zipped(code: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", code)
    return content.getvalue()


def functions(cloud: Cloud) -> list[str]:
    listed: list[dict[str, Any]] = cloud.client("lambda").list_functions()["Functions"]
    return [each["FunctionName"] for each in listed]


def test_functions_of_the_service_run_without_the_shells_secrets(cloud: Cloud) -> None:
    client = cloud.client("lambda")
    client.create_function(
        FunctionName="own",
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="index.handler",
        Code={"ZipFile": zipped(CODE)},
        Timeout=30,
    )
    cloud.client("dynamodb").create_table(
        TableName="own",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    response = json.loads(client.invoke(FunctionName="own")["Payload"].read())

    # The function has access to the emulator, and to no variable of the shell.
    assert response["tables"] == ["own"]
    assert "a secret of the shell" not in response["variables"].values()
    assert "GITHUB_TOKEN" not in response["variables"]
    client.delete_function(FunctionName="own")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain", "Origin": "https://foreign.example"},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20261126/us-east-1/lambda/x"},
        {"Host": "rebound.example"},
    ],
    ids=["another user", "a page", "a known key", "a rebound name"],
)
def test_other_programs_cannot_create_functions(cloud: Cloud, headers: dict[str, str]) -> None:
    body = json.dumps({"FunctionName": "foreign", "Runtime": "python3.13"}).encode()
    response = urllib3.request("POST", f"{cloud.endpoint}{FUNCTIONS}", body=body, headers=headers)
    assert response.status == 403
    assert functions(cloud) == []


def test_each_start_has_a_secret_that_other_users_cannot_read(
    emulator: Emulator, tmp_path: Path
) -> None:
    other = Emulator(ROOT / "template", tmp_path / "local")
    first, second = emulator.cloud(), other.start(free_port())
    other.stop()
    assert first.access_key != second.access_key
    assert stat.S_IMODE(emulator.folder.stat().st_mode) == 0o700


PAGE = """
<!doctype html><body>waiting</body><script>
const text = JSON.stringify({FunctionName: "foreign", Runtime: "python3.13"});
const request = {method: "POST", mode: "no-cors", body: text};
Promise.allSettled([
  fetch("EMULATOR/2015-03-31/functions", request),
  fetch("EMULATOR/_ministack/reset", request),
]).then(all => { document.body.textContent = all.map(each => each.status).join(" "); });
</script>
"""


class Page(BaseHTTPRequestHandler):
    """A server that returns one page."""

    text = ""

    def do_GET(self) -> None:
        """Return the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.text.encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def serving(text: str) -> Iterator[int]:
    """Serve a page at the loopback address; yield the port."""
    page = type("ThePage", (Page,), {"text": text})
    with ThreadingHTTPServer((HOST, 0), page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def browse(url: str, profile: Path) -> str:
    """Open a page in a headless browser that resolves all names to this computer; return it."""
    assert BROWSER is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    names = ["--host-resolver-rules=MAP *.example 127.0.0.1", f"--user-data-dir={profile}"]
    shown = ["--virtual-time-budget=10000", "--dump-dom", url]
    command = [BROWSER, *options, *quiet, *names, *shown]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium: `apt-get install chromium`")
def test_a_foreign_page_in_a_browser_cannot_create_functions(cloud: Cloud, tmp_path: Path) -> None:
    with serving(PAGE.replace("EMULATOR", cloud.endpoint)) as port:
        shown = browse(f"http://foreign.example:{port}/", tmp_path)

    # The browser has sent both requests. The page may not read the responses.
    assert "<body>fulfilled fulfilled</body>" in shown
    assert functions(cloud) == []


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium: `apt-get install chromium`")
def test_a_rebound_dns_name_is_rejected(cloud: Cloud, tmp_path: Path) -> None:
    shown = browse(f"http://rebound.example:{cloud.port}{FUNCTIONS}", tmp_path)
    assert "The header Host names another computer." in shown
