"""A local server whose clients may leave without a word: functions are killed while they wait."""

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """A server that doesn't speak of connections that its clients dropped."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 (the standard library's)
        """Tell of errors, but for dropped connections."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
