"""Every request of the other client is one that the schema knows; the bystander's time counts from when it was due."""

import pytest
from graphql import parse, validate

from bench import bystander
from bench.hostile import ALIASES, REPRESENTATIONS, hostiles
from schema.schema import schema

REQUESTS = hostiles(["prd_a", "prd_b"], ["sales", "finance"], "prd_hub")


@pytest.mark.parametrize("hostile", REQUESTS, ids=lambda hostile: hostile.name)
def test_each_is_valid(hostile):
    document = parse(hostile.query)
    assert validate(schema._schema, document) == []
    [operation] = document.definitions
    fields = operation.selection_set.selections
    assert len(fields) == (ALIASES if hostile.name.startswith(f"{ALIASES} x") else 1)
    for representations in hostile.variables.values():
        assert len(representations) == REPRESENTATIONS


def test_different_ones_differ():
    texts = [h.query for h in REQUESTS if h.name.endswith("different")]
    for text in texts:
        arguments = {field.partition(":")[2] for field in text.split(" a")}
        assert len(arguments) >= 2


class Slow:
    """A server that answers the second question late."""

    def __init__(self):
        self.now, self.asked = 0.0, 0

    def exchange(self, _request):
        self.asked += 1
        self.now += 0.2 if self.asked == 2 else 0.001


def test_a_late_answer_delays_those_behind_it(monkeypatch):
    server = Slow()
    monkeypatch.setattr(bystander, "perf_counter", lambda: server.now)
    monkeypatch.setattr(bystander, "sleep", lambda seconds: setattr(server, "now", server.now + seconds))
    done = bystander.threading.Event()

    class Five(type(done)):
        def is_set(self):
            return server.asked >= 5

    monkeypatch.setattr(bystander.threading, "Event", Five)
    with bystander.watched(server, b"") as times:
        pass
    assert [round(time) for time in times] == [1, 200, 151, 102, 53]
