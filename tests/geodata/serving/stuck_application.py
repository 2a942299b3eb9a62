"""An application that does what a server has to survive, without Django."""

import ctypes
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/never":
        time.sleep(600)
    elif path == "/gil":
        # As a C call that keeps the interpreter to itself.
        ctypes.PyDLL(None).sleep(600)
    elif path == "/stream":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return _endless()
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) if path == "/body" else b"ok"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def _endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 65536
