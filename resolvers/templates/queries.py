"""Templates by name and version, and the products made from them."""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple

import semver
from aiodataloader import DataLoader

from resolvers.graph.request_scope import RequestScope
from resolvers.graph.store import Store
from resolvers.templates.builtin import builtin_templates
from resolvers.templates.records import ProductTemplate

TEMPLATE: LiteralString = (
    "[t.id, t.name, t.version, t.description, t.domain, t.configSchemaJson, t.bodyJson, t.createdBy, t.createdAt, "
    "t.retiredAt]"
)
ALL: LiteralString = "MATCH (t:ProductTemplate) WHERE $name IS NULL OR t.name = $name RETURN collect(" + TEMPLATE + ")"
USES: LiteralString = """
MATCH (p:DataProduct) WHERE p.templateName = $name AND p.urn > $after
WITH p ORDER BY p.urn LIMIT $limit
RETURN collect([p.id, p.urn, p.templateVersion])
"""
OF_PRODUCTS: LiteralString = (
    "MATCH (p:DataProduct) WHERE p.id IN $ids AND p.templateName IS NOT NULL "
    "RETURN collect([p.id, p.templateName, p.templateVersion])"
)


class TemplateUse(NamedTuple):
    """`latest` is the latest version in force; None when all are retired."""

    product_id: str
    urn: str
    version: str
    latest: str | None

    @property
    def outdated(self) -> bool:
        return self.latest is not None and version_key(self.version) < version_key(self.latest)


class TemplateOrigin(NamedTuple):
    """The template that a product was made from."""

    name: str
    version: str


def version_key(version: str) -> Any:
    return semver.Version.parse(version)


def latest_of(versions: Sequence[ProductTemplate]) -> ProductTemplate | None:
    """The latest version that is not retired."""
    live = [one for one in versions if one.retired_at is None]
    return max(live, key=lambda one: version_key(one.version), default=None)


async def templates(
    store: Store, name: str | None = None, domain: str | None = None, retired: bool = False
) -> list[ProductTemplate]:
    """By name, the latest version first. `domain`: those that its products can be made from, and no others."""
    rows = await store.read(ALL, name=name)
    registered = [ProductTemplate(*row) for row in rows]
    registered += [one for one in builtin_templates() if name in (None, one.name)]
    requested = [
        one
        for one in registered
        if (retired or one.retired_at is None) and (domain is None or one.domain in (None, domain))
    ]
    newest_first = sorted(requested, key=lambda one: version_key(one.version), reverse=True)
    return sorted(newest_first, key=lambda one: one.name)


async def template(store: Store, name: str, version: str | None = None) -> ProductTemplate | None:
    """That version, retired or not; without one the latest that is not retired."""
    versions = await templates(store, name, retired=True)
    if version is None:
        return latest_of(versions)
    return next((one for one in versions if one.version == version), None)


async def products_from(store: Store, name: str, outdated: bool, first: int, after: str | None) -> list[TemplateUse]:
    """By urn, behind the urn `after`; `outdated`: only those that follow an older version than the latest."""
    latest = latest_of(await templates(store, name, retired=True))
    newest = latest.version if latest else None
    template_uses: list[TemplateUse] = []
    start = after or ""
    while True:
        rows = await store.read(USES, name=name, after=start, limit=1_000)
        uses = [TemplateUse(id, urn, version, newest) for id, urn, version in rows]
        template_uses += [use for use in uses if use.outdated or not outdated]
        if len(template_uses) >= first or len(rows) < 1_000:
            return template_uses[:first]
        start = rows[-1][1]


async def origins_of(store: Store, ids: Sequence[str]) -> dict[str, TemplateOrigin]:
    """By the id of the product; absent for those that were made without a template."""
    rows = await store.read(OF_PRODUCTS, ids=list(ids))
    return {id: TemplateOrigin(name, version) for id, name, version in rows}


def origin_loader(loaders: RequestScope) -> DataLoader[str, TemplateOrigin | None]:
    """The template of each product, by the product's id."""

    async def load(ids: list[str]) -> list[TemplateOrigin | None]:
        origins = await origins_of(loaders.store, ids)
        return [origins.get(id) for id in ids]

    return DataLoader(load)
