"""The smallest HTTP client that does: one keep-alive connection, whole answers by Content-Length or chunks.

A client is part of every figure, so it should cost next to nothing and the same for every server.
"""

import socket

import orjson

HEAD_END = b"\r\n\r\n"


class HttpClient:
    def __init__(self, host: str, port: int, path: str = "/graphql") -> None:
        self._head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n".encode()
        self._head += b"Accept: application/json\r\n"
        self._address = (host, port)
        self._connect()

    def request(self, body: bytes) -> bytes:
        return self._head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def _connect(self) -> None:
        self._socket = socket.create_connection(self._address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def exchange(self, request: bytes) -> bytes:
        """The body of the answer to `request`. Raises on any status but 200."""
        try:
            self._send(request)
        except ConnectionError:  # a server may close a connection that was idle while others were measured
            self._connect()
            self._send(request)
        head, _, self._left = self._left.partition(HEAD_END)
        body = self._chunks() if b"chunked" in head.lower() else self._take(content_length(head))
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head.splitlines()[0].decode()}: {body[:500].decode(errors='replace')}")
        return body

    def ask(self, query: str, variables: dict) -> dict:
        """The `data` of an answer without errors."""
        answer = orjson.loads(self.exchange(self.request(graphql(query, variables))))
        if answer.get("errors"):
            raise RuntimeError(str(answer["errors"][:3]))
        return answer["data"]

    def close(self) -> None:
        self._socket.close()

    def _send(self, request: bytes) -> None:
        """Sends, and waits for the head of the answer."""
        self._socket.sendall(request)
        while HEAD_END not in self._left:
            self._receive()

    def _chunks(self) -> bytes:
        parts = []
        while True:
            while b"\r\n" not in self._left:
                self._receive()
            size, _, self._left = self._left.partition(b"\r\n")
            part = self._take(int(size, 16) + 2)[:-2]
            if not part:
                return b"".join(parts)
            parts.append(part)

    def _take(self, size: int) -> bytes:
        if len(self._left) < size:
            parts, have = [self._left], len(self._left)
            while have < size:
                part = self._socket.recv(1 << 20)
                if not part:
                    raise ConnectionError("the server closed the connection")
                parts.append(part)
                have += len(part)
            self._left = b"".join(parts)
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _receive(self) -> None:
        part = self._socket.recv(1 << 16)
        if not part:
            raise ConnectionError("the server closed the connection")
        self._left += part


def content_length(head: bytes) -> int:
    return next(int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length:"))


def graphql(query: str, variables: dict) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})
