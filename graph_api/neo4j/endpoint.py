"""Where a Neo4j is and how to sign in to it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Endpoint:
    """`uri` is bolt/neo4j, optionally +s or +ssc. The password never shows in a repr."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str = "neo4j"
