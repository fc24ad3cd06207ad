"""A client of the Debug Adapter Protocol, which takes the part of an editor.

Source: https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import itertools
import json
import queue
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

Message = dict[str, Any]
SECONDS_TO_WAIT = 30


class Session:
    """A debug session.

    Args:
        port: The debugger's port.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._numbers = itertools.count(1)
        self._responses: dict[int, queue.Queue[Message]] = {}
        self._events: dict[str, queue.Queue[Message]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def attach(
        self, breakpoints: Mapping[Path, Sequence[int]], **configuration: object
    ) -> list[Message]:
        """Attach with breakpoints, and return the breakpoints that the debugger has set.

        Args:
            breakpoints: Lines of files.
            configuration: The editor's configuration, or the body of an event `debugpyAttach`.
        """
        self.request("initialize", adapterID="debugpy", clientID="test", pathFormat="path")
        attached = self._send("attach", configuration)
        self.event("initialized")
        found = []
        for file, lines in breakpoints.items():
            requested = [{"line": line} for line in lines]
            response = self.request(
                "setBreakpoints", source={"path": str(file)}, breakpoints=requested
            )
            found += response["breakpoints"]
        self.request("configurationDone")
        attached.get(timeout=SECONDS_TO_WAIT)
        return found

    def request(self, command: str, **arguments: object) -> Message:
        """Send a request, and return the body of the response."""
        response = self._send(command, arguments).get(timeout=SECONDS_TO_WAIT)
        assert response["success"], response
        return response.get("body") or {}

    def event(self, name: str) -> Message:
        """Return the body of the next event with a name."""
        return self._of(name).get(timeout=SECONDS_TO_WAIT).get("body") or {}

    def close(self) -> None:
        """Close the connection, as a closed editor does."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _of(self, event: str) -> queue.Queue[Message]:
        with self._lock:
            return self._events.setdefault(event, queue.Queue())

    def _send(self, command: str, arguments: Mapping[str, object]) -> queue.Queue[Message]:
        number = next(self._numbers)
        response = self._responses[number] = queue.Queue()
        message = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return response

    def _read(self) -> None:
        # The debugger may reset the connection when it ends.
        with self._socket.makefile("rb") as stream, suppress(ConnectionResetError):
            for message in messages(stream):
                if message["type"] == "response":
                    self._responses.pop(message["request_seq"]).put(message)
                elif message["type"] == "event":
                    self._of(message["event"]).put(message)


def messages(stream: IO[bytes]) -> Iterator[Message]:
    """Yield the messages of a stream until it ends."""
    while header := stream.readline():
        if header.lower().startswith(b"content-length:"):
            stream.readline()
            yield json.loads(stream.read(int(header.split(b":")[1])))


@contextmanager
def attached(
    port: int, breakpoints: Mapping[Path, Sequence[int]] | None = None, **configuration: object
) -> Iterator[Session]:
    """Attach to a debugger, and detach at the end."""
    session = Session(port)
    try:
        session.attach(breakpoints or {}, **configuration)
        yield session
        session.request("disconnect")
    finally:
        session.close()
