"""An answer is whole at its last byte, however it comes in pieces."""

import pytest

from bench.http_answer import Answer

LENGTH = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}'
CHUNKS = b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'


@pytest.mark.parametrize("raw", [LENGTH, CHUNKS])
@pytest.mark.parametrize("piece", [1, 2, 3, 1_000])
def test_it_ends_at_its_last_byte(raw, piece):
    answer = Answer()
    parts = [raw[at : at + piece] for at in range(0, len(raw), piece)]
    assert [answer.take(part) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert (answer.ok, answer.size, answer.body()) == (True, 7, b'{"a":1}')


def test_another_status_is_not_ok():
    answer = Answer()
    assert answer.take(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno")
    assert not answer.ok
