"""Bolt without a driver: sends a query, reads its answer to the end, decodes nothing: the floor under any client."""

import socket
import struct
from urllib.parse import urlsplit

from graph_api.neo4j.endpoint import Endpoint

VERSIONS = struct.pack(">4I", 0x00000405, 0, 0, 0)  # 5.4 is spoken by every Neo4j this project supports
AGENT = {"user_agent": "meshweave-bench", "bolt_agent": {"product": "meshweave-bench"}}
SUCCESS, FAILURE = 0x70, 0x7F
HELLO, LOGON, RUN, PULL = 0x01, 0x6A, 0x10, 0x3F


class BoltSocket:
    def __init__(self, endpoint: Endpoint) -> None:
        address = urlsplit(endpoint.uri)
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = bytearray()
        self._socket.sendall(b"\x60\x60\xb0\x17" + VERSIONS)
        self._take(4)
        login = {"scheme": "basic", "principal": endpoint.user, "credentials": endpoint.password}
        self._socket.sendall(message(HELLO, AGENT) + message(LOGON, login))
        self._until_success(2)
        self._database = endpoint.database

    def request(self, query: str, parameters: dict) -> bytes:
        run = message(RUN, query, parameters, {"db": self._database, "mode": "r"})
        return run + message(PULL, {"n": -1})

    def exchange(self, request: bytes) -> int:
        """The number of bytes that came back."""
        self._socket.sendall(request)
        return self._until_success(2)

    def close(self) -> None:
        self._socket.close()

    def _until_success(self, wanted: int) -> int:
        size = 0
        while wanted:
            signature, length = self._message()
            size += length
            if signature == FAILURE:
                raise RuntimeError("the database refused a query of the bench")
            wanted -= signature == SUCCESS
        return size

    def _message(self) -> tuple[int, int]:
        """The signature and the length of the next message; its content is skipped."""
        signature, length = 0, 0
        while True:
            (size,) = struct.unpack(">H", self._take(2))
            if not size:
                if length:
                    return signature, length
                continue
            chunk = self._take(size)
            if not length:
                signature = chunk[1]
            length += size

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            part = self._socket.recv(1 << 20)
            if not part:
                raise ConnectionError("the database closed the connection")
            self._left += part
        taken = bytes(self._left[:size])
        del self._left[:size]
        return taken


def message(signature: int, *fields: object) -> bytes:
    packed = bytes([0xB0 + len(fields), signature]) + b"".join(map(pack, fields))
    chunks = [packed[at : at + 0xFFFF] for at in range(0, len(packed), 0xFFFF)]
    return b"".join(struct.pack(">H", len(chunk)) + chunk for chunk in chunks) + b"\0\0"


def pack(value: object) -> bytes:
    """PackStream, of what queries here are given."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return b"\xcb" + struct.pack(">q", value)
        case str():
            data = value.encode()
            return b"\xd2" + struct.pack(">I", len(data)) + data
        case list() | tuple():
            return b"\xd6" + struct.pack(">I", len(value)) + b"".join(map(pack, value))
        case dict():
            pairs = b"".join(pack(key) + pack(item) for key, item in value.items())
            return b"\xda" + struct.pack(">I", len(value)) + pairs
    raise TypeError(type(value))
