"""An HTTP proxy that misbehaves on request: what a network and a busy S3 do to a client."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import unquote, urlsplit

Kind = Literal["reset", "cut", "slow-down", "alter", "lose-answer"]
SLOW_DOWN = (
    b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
)


@dataclass
class Fault:
    """What happens to the next `times` requests of `method` whose path holds `path`.

    reset: the connection breaks after `after` bytes of the answer. cut: it ends there quietly.
    alter: one byte of the answer is another one. slow-down: S3's 503. lose-answer: done, but nobody is told.
    """

    kind: Kind
    method: str
    path: str
    times: int = 1
    after: int = 0


@dataclass
class FaultProxy:
    """The proxy's address, the faults that are still to happen, and the requests so far.

    `passed_on` is called with the method and the path of every request that the server has answered.
    """

    url: str
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    passed_on: Callable[[str, str], None] = lambda method, path: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request; used up."""
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and fault.path in path:
                    fault.times -= 1
                    return fault
        return None

    def asked(self, method: str, path: str) -> list[str]:
        """The Range headers of the requests of `method` whose path holds `path`."""
        return [span for verb, place, span in self.requests if verb == method and path in place]


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """A proxy in front of `upstream` while the block runs."""
    host = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            path = unquote(self.path)
            proxy.requests.append((self.command, path, self.headers.get("Range", "")))
            fault = proxy.take(self.command, path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if fault and fault.kind == "slow-down":
                self._answer(503, {"Content-Type": "application/xml"}, SLOW_DOWN, len(SLOW_DOWN))
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            link = http.client.HTTPConnection(host)
            link.request(self.command, self.path, body, headers)
            answer = link.getresponse()
            data = answer.read()
            link.close()
            proxy.passed_on(self.command, path)
            if fault and fault.kind == "lose-answer":
                self._break()
                return
            if fault and fault.kind == "alter":
                data = data[: fault.after] + bytes([data[fault.after] ^ 1]) + data[fault.after + 1 :]
            announced = int(answer.headers.get("Content-Length") or len(data))
            sent = data[: fault.after] if fault and fault.kind in ("reset", "cut") else data
            self._answer(answer.status, dict(answer.headers.items()), sent, announced)
            if fault and fault.kind == "reset":
                time.sleep(
                    0.1
                )  # a reset throws away what has not been read: let the head of the answer arrive
                self._break()
            if fault and fault.kind == "cut":
                self.close_connection = True

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass_on

        def _answer(self, status: int, headers: dict[str, str], data: bytes, announced: int) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(announced))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def _break(self) -> None:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = FaultProxy(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
