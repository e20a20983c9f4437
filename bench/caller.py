"""In whose name the bench writes, beside the service."""

from resolvers.model.access import ADMINISTRATOR

CALLER = ADMINISTRATOR._replace(name="bench")
