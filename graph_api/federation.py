"""The form of the schema that the `MESHWEAVE_FEDERATION_…` settings choose."""

from typing import Any

from graph_api.neo4j.errors import StartError
from graph_api.settings import Settings
from schema.federation import PLAIN, Form, UnknownField


def form_of(settings: Settings, federated: bool) -> Form:
    """The plain form, or the one for a supergraph of several teams."""
    if not federated:
        return PLAIN
    return Form(settings.federation_prefix, settings.federation_kept_names, settings.federation_left_out)


def federated_schema(settings: Settings) -> Any:
    """Raises `StartError` for a root field to leave out that there is not."""
    from schema.schema import make_schema

    try:
        return make_schema(form_of(settings, True))
    except UnknownField as error:
        raise StartError(f"MESHWEAVE_FEDERATION_LEFT_OUT: {error}.", "See docs/federation.md.") from error
