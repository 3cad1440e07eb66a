"""A web server on the loopback interface whose answers a test chooses."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pellucid.datasets import Remote


@dataclass
class Site:
    """Pages by path; `asked` is every path requested, in order."""

    address: str
    pages: dict[str, bytes] = field(default_factory=dict)
    promised: dict[str, int] = field(default_factory=dict)  # a Content-Length other than the truth
    asked: list[str] = field(default_factory=list)

    def remote(self, *paths: str, content: bytes) -> Remote:
        """The file whose right bytes are `content`, to be had at these paths."""
        return Remote(
            urls=tuple(self.address + path for path in paths),
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            licence="none",
            citation="made up for a test",
        )


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            if self.path not in found.pages:
                self.send_error(404)
                return
            body = found.pages[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(found.promised.get(self.path, len(body))))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # seconds between looks for shutdown
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
