"""The audit with uv and npm, against a local vulnerability database."""

import gzip
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aws_service_kit.update.audit import main

PROJECT = """\
[project]
name = "service"
version = "0"
requires-python = ">=3.11"
dependencies = ["own", "pinned"]

[tool.uv]
package = false
constraint-dependencies = [
    "pinned==1.0",
]
"""
PACKAGE = """
[[package]]
name = "{name}"
version = "1.0"
source = {{ registry = "https://index.example/simple" }}
sdist = {{ url = "https://index.example/{name}-1.0.tar.gz", hash = "sha256:{digest}" }}
"""
LOCK = f"""\
version = 1
revision = 3
requires-python = ">=3.11"
{"".join(PACKAGE.format(name=name, digest="0" * 64) for name in ("own", "pinned"))}
[[package]]
name = "service"
version = "0"
source = {{ virtual = "." }}
dependencies = [{{ name = "own" }}, {{ name = "pinned" }}]
"""


def of_python(package: str, *fixes: str) -> dict[str, Any]:
    """Return a vulnerability in OSV's format."""
    fixed = [{"fixed": fix} for fix in fixes]
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *fixed]}]
    affected = {"package": {"ecosystem": "PyPI", "name": package}, "ranges": ranges}
    return {
        "id": f"GHSA-{package}-{'-'.join(fixes)}",
        "modified": "2026-01-01T00:00:00Z",
        "summary": "it leaks",
        "affected": [affected],
        "references": [{"type": "WEB", "url": "https://advisories.example/1"}],
    }


def of_npm(vulnerable: str) -> dict[str, Any]:
    """Return a vulnerability in the format of npm's registry."""
    return {
        "id": 1,
        "url": "https://advisories.example/1",
        "title": "it leaks",
        "severity": "high",
        "vulnerable_versions": vulnerable,
    }


class Requests(BaseHTTPRequestHandler):
    """OSV's database and npm's registry, limited to the requests of an audit."""

    python: ClassVar[list[dict[str, Any]]] = []
    npm: ClassVar[dict[str, list[dict[str, Any]]]] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path.endswith("/advisories/bulk"):
            self._respond(self.npm)
            return
        queries = json.loads(body)["queries"]
        self._respond({"results": [self._known(each["package"]["name"]) for each in queries]})

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        known = {each["id"]: each for each in self.python}
        package = {"name": name, "versions": {"1.0.0": {"name": name, "version": "1.0.0"}}}
        self._respond(known.get(name, package))

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _known(self, package: str) -> object:
        found = [each for each in self.python if each["affected"][0]["package"]["name"] == package]
        return {"vulns": [{key: each[key] for key in ("id", "modified")} for each in found]}

    def _respond(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve databases without vulnerabilities; yield their address."""
    monkeypatch.setattr(Requests, "python", [])
    monkeypatch.setattr(Requests, "npm", {})
    with ThreadingHTTPServer(("127.0.0.1", 0), Requests) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", url)
        yield url
        server.shutdown()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a pinned package, an unpinned one, and one of npm."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "uv.lock").write_text(LOCK, encoding="utf-8")
    settings = {"name": "service", "devDependencies": {"direct": "1.0.0"}}
    direct = {"version": "1.0.0", "dev": True}
    packages = {"": settings, "node_modules/direct": direct}
    lock = {"name": "service", "lockfileVersion": 3, "requires": True, "packages": packages}
    (tmp_path / "package.json").write_text(json.dumps(settings), encoding="utf-8")
    (tmp_path / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return tmp_path


def test_without_vulnerabilities_the_audited_files_are_printed(
    service: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--service-url", database], service) == 0
    assert capsys.readouterr().out == (
        "uv.lock: no vulnerability is known.\npackage-lock.json: no vulnerability is known.\n"
    )


def test_vulnerabilities_are_listed_with_the_command_that_fixes_them(
    service: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # One is fixed by 1.1 and by a release of an older series; the other only by 1.2.
    Requests.python += [of_python("pinned", "0.9.1", "1.1"), of_python("pinned", "1.2")]
    Requests.python += [of_python("own", "1.1")]
    Requests.npm["direct"] = [of_npm(">=0.5.0 <1.0.1")]

    assert main(["--service-url", database], service) == 1

    where = "(https://advisories.example/1)"
    assert capsys.readouterr().out.splitlines() == [
        f"own 1.0: GHSA-own-1.1: it leaks {where}",
        "  Fixed by: .venv/bin/uv lock --upgrade-package own",
        f"pinned 1.0: GHSA-pinned-0.9.1-1.1: it leaks {where}",
        f"pinned 1.0: GHSA-pinned-1.2: it leaks {where}",
        "  Fixed by: python3 dev.py pins pinned==1.2",
        f"direct 1.0.0: it leaks, in >=0.5.0 <1.0.1 {where}",
        "  Fixed by: python3 dev.py pins direct@1.0.1",
    ]


def test_a_vulnerability_without_a_fix_is_listed_without_a_command(
    service: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Requests.python.append(of_python("pinned"))
    Requests.npm["direct"] = [of_npm("<=1.0.0")]
    assert main(["--service-url", database], service) == 1
    said = capsys.readouterr().out
    assert said.count("  No version with a fix is known.\n") == 2
    assert "dev.py pins" not in said


def test_an_unreachable_database_fails_the_audit(
    service: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "http://127.0.0.1:9"
    for name, value in {"NPM_CONFIG_REGISTRY": nowhere, "NPM_CONFIG_FETCH_RETRIES": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    assert main(["--service-url", nowhere], service) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("error: ") >= 2
    assert "`uv audit` failed: " in said.err
    assert "`npm audit` failed: " in said.err
