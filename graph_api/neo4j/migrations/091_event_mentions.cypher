// Which products an event names beside its subject, as one of an import does: their events are found by this index.
CREATE INDEX event_mention IF NOT EXISTS FOR (n:EventMention) ON (n.subjectId, n.seq);
