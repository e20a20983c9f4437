"""`HTTPFailure`: an error response before GraphQL runs."""

from collections.abc import Mapping

from graph_api.http.media import JSON, MediaType
from graph_api.http.reply import Reply, json_reply


class HTTPFailure(Exception):
    """`code` is stable, for programs; `message` says what to do, for people."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def reply(self, media: MediaType = JSON) -> Reply:
        """The error in the form of a GraphQL response."""
        body = {"errors": [{"message": self.message, "extensions": {"code": self.code}}]}
        return json_reply(body, self.status, media, self.headers)
