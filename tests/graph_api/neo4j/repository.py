"""A Maven repository on loopback, for tests: it can be slow, wrong, or out of order on purpose."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Repository(ThreadingHTTPServer):
    """`files` maps a path to its content; `broken` maps one to how many more answers end in the middle."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes | Path] = {}
        self.broken: dict[str, int] = {}
        self.asked: list[tuple[str, str | None]] = []  # path and Range header of each request

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/repository"


class Handler(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        path, wanted = self.path.removeprefix("/repository/"), self.headers.get("Range")
        self.server.asked.append((path, wanted))
        file = self.server.files.get(path)
        if file is None:
            self.send_error(404)
            return
        content = file.read_bytes() if isinstance(file, Path) else file
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if self.server.broken.get(path, 0):
            self.server.broken[path] -= 1
            self.wfile.write(content[start : start + (len(content) - start) // 2])
            self.close_connection = True
        else:
            self.wfile.write(content[start:])

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Repository]:
    with Repository() as repository:
        thread = threading.Thread(target=repository.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield repository
        finally:
            repository.shutdown()
            thread.join()
