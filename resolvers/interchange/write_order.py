"""Order in which products are written: providers before their consumers, as far as cycles allow."""

from collections.abc import Iterator, Mapping, Sequence

from resolvers.interchange.documents import EdgeItem, ProductItem

# What one transaction takes: products, and the edges and fields that come with them.
MOST_ENTITIES = 40_000


def providers_first(products: Mapping[str, ProductItem], edges: Mapping[str, Sequence[EdgeItem]]) -> list[str]:
    """Urns. Documents in such an order already keep it; of a cycle's products the first to be reached comes last."""
    done: dict[str, None] = {}
    entered: set[str] = set()
    for start in products:
        pending = [start]
        while pending:
            urn = pending[-1]
            if urn in entered:
                pending.pop()
                done[urn] = None
                continue
            entered.add(urn)
            providers = (edge.provider for edge in reversed(edges.get(urn, ())))
            pending += [provider for provider in providers if provider in products and provider not in entered]
    return list(done)


def chunks(
    order: Sequence[str], products: Mapping[str, ProductItem], edges: Mapping[str, Sequence[EdgeItem]], most: int
) -> Iterator[list[str]]:
    """Up to `most` products each, fewer where they are large."""
    chunk: list[str] = []
    entities = 0
    for urn in order:
        size = 3 + len(products[urn].fields) + len(edges.get(urn, ()))
        if chunk and (len(chunk) == most or entities + size > MOST_ENTITIES):
            yield chunk
            chunk, entities = [], 0
        chunk.append(urn)
        entities += size
    if chunk:
        yield chunk
