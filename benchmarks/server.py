"""A local server that ignores dropped connections, since waiting functions are killed."""

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """A server that doesn't print errors of dropped connections."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 (the standard library's)
        """Print errors, except for dropped connections."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
