"""A local server to which a shell's settings may direct programs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """Listen on a port, and yield a list of the received data."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def receive() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    received.append(connection.recv(1000))
                    connection.sendall(b"HTTP/1.1 500 Not here\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=receive)
        thread.start()
        try:
            yield server.getsockname()[1], received
        finally:
            # On Linux, closing alone doesn't wake `accept`, and macOS rejects `shutdown`.
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()
            thread.join()
