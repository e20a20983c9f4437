"""`meshweave audit verify` against a real log."""

import pytest

from graph_api.cli.audit import head_of, parse_anchor, verify_log
from graph_api.neo4j.errors import StartError
from graph_api.neo4j.progress import silent
from graph_api.settings import Settings
from tests.writes import a_domain, a_product


def settings_of(endpoint) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        neo4j_uri=endpoint.uri,
        neo4j_user=endpoint.user,
        neo4j_password=endpoint.password,
        neo4j_database=endpoint.database,
    )


async def test_a_whole_log_gives_an_anchor_and_a_rewritten_one_breaks_it(store, endpoint, cypher):
    await a_domain(store)
    await a_product(store)
    settings = settings_of(endpoint)
    whole = await verify_log(settings, None, silent)
    assert (whole.events, whole.fault) == (2, None)
    anchor = parse_anchor(head_of(whole))
    assert (await verify_log(settings, anchor, silent)).fault is None
    await cypher("MATCH (e:AuditEvent {seq: 2}) SET e.actor = 'nobody'")
    changed = await verify_log(settings, anchor, silent)
    assert (changed.at_seq, changed.events) == (2, 1)
    assert changed.fault == "Event 2 was changed after it was written."


@pytest.mark.parametrize("text", ["", "1", "0:" + "a" * 64, "1:xyz", "1:" + "a" * 63])
def test_what_is_no_anchor_is_told(text):
    with pytest.raises(StartError, match="is not an anchor"):
        parse_anchor(text)


async def test_an_empty_log_is_whole(store, endpoint):
    verdict = await verify_log(settings_of(endpoint), None, silent)
    assert (verdict.events, verdict.fault, head_of(verdict)) == (0, None, "none yet")
