"""The smallest HTTP client that does: one keep-alive connection, whole answers.

A client is part of every figure, so it should cost next to nothing and the same for every server.
"""

import socket

import orjson

from bench.http_answer import Answer

PATH = "/graphql"
SOME, MUCH = 1 << 16, 1 << 20  # bytes received at once, before and after the head is known


class HttpClient:
    def __init__(self, host: str, port: int, token: str | None = None) -> None:
        self._head = f"POST {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n".encode()
        self._head += b"Accept: application/json\r\n"
        if token is not None:
            self._head += f"Authorization: Bearer {token}\r\n".encode()
        self.address = (host, port)
        self._socket = connect(self.address)

    def request(self, body: bytes) -> bytes:
        return self._head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def exchange(self, request: bytes) -> bytes:
        """The body of the answer to `request`. Raises on any status but 200."""
        answer = Answer()
        try:
            done = self._begin(request, answer)
        except ConnectionError:  # a server may close a connection that was idle while others were measured
            self._socket.close()
            self._socket = connect(self.address)
            done = self._begin(request, answer)
        while not done:
            done = answer.take(received(self._socket, MUCH))
        if not answer.ok:
            told = answer.body()[:500].decode(errors="replace")
            raise RuntimeError(f"{answer.head.splitlines()[0].decode()}: {told}")
        return answer.body()

    def ask(self, query: str, variables: dict) -> dict:
        """The `data` of an answer without errors."""
        answer = orjson.loads(self.exchange(self.request(graphql(query, variables))))
        if answer.get("errors"):
            raise RuntimeError(str(answer["errors"][:3]))
        return answer["data"]

    def close(self) -> None:
        self._socket.close()

    def _begin(self, request: bytes, answer: Answer) -> bool:
        self._socket.sendall(request)
        return answer.take(received(self._socket, SOME))


def connect(address: tuple[str, int]) -> socket.socket:
    opened = socket.create_connection(address)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def received(source: socket.socket, size: int) -> bytes:
    part = source.recv(size)
    if not part:
        raise ConnectionError("the server closed the connection")
    return part


def graphql(query: str, variables: dict) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})
