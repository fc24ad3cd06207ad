"""AWS over HTTPS, with a certificate that the SDK trusts."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import botocore
import trustme

from benchmarks.aws import AwsServer, Endpoint, served


@contextmanager
def encrypted(folder: Path) -> Iterator[Endpoint]:
    """Yield AWS over HTTPS; the SDK trusts its certificate authority in addition to others."""
    authority = trustme.CA()
    trusted = folder / "authorities.pem"
    known = Path(botocore.__file__).with_name("cacert.pem").read_bytes()
    trusted.write_bytes(known + authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = AwsServer()
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    with served(server) as port:
        url = f"https://127.0.0.1:{port}"
        variables = {"AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": str(trusted)}
        yield Endpoint("https", variables, server.requests)
