"""One HTTP answer as it comes in: of a known length, or in chunks."""

HEAD_END = b"\r\n\r\n"
LINE_END = b"\r\n"


class Answer:
    """Nothing is asked ahead, so nothing follows the end of an answer."""

    def __init__(self) -> None:
        self.head = b""
        self._buffer = bytearray()
        self._at = 0  # where the body begins; of chunks, where the next one does
        self._length: int | None = None  # None: it comes in chunks
        self._chunks: list[slice] = []

    def take(self, part: bytes) -> bool:
        """Whether that was the last of it."""
        self._buffer += part
        if not self.head and not self._take_head():
            return False
        if self._length is not None:
            return len(self._buffer) >= self._at + self._length
        return self._take_chunks()

    @property
    def ok(self) -> bool:
        return self.head.startswith(b"HTTP/1.1 200")

    @property
    def size(self) -> int:
        """Bytes of the whole body."""
        return self._length if self._length is not None else sum(one.stop - one.start for one in self._chunks)

    def body(self) -> bytes:
        if self._length is not None:
            return bytes(self._buffer[self._at : self._at + self._length])
        return b"".join(self._buffer[one] for one in self._chunks)

    def _take_head(self) -> bool:
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return False
        self.head, self._at = bytes(self._buffer[:end]), end + len(HEAD_END)
        self._length = content_length(self.head)
        return True

    def _take_chunks(self) -> bool:
        while (end := self._buffer.find(LINE_END, self._at)) >= 0:
            start = end + len(LINE_END)
            stop = start + int(self._buffer[self._at : end], 16)
            if len(self._buffer) < stop + len(LINE_END):
                return False
            if start == stop:
                return True
            self._chunks.append(slice(start, stop))
            self._at = stop + len(LINE_END)
        return False


def content_length(head: bytes) -> int | None:
    """None of an answer in chunks."""
    lines = (line.lower() for line in head.splitlines())
    return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
