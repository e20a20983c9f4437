"""In whose name the bench writes, beside the service."""

from resolvers.caller import ADMINISTRATOR

CALLER = ADMINISTRATOR._replace(name="bench")
