// Home: search with facets, domains with their compliance, recent changes.
import { h, icon, plural, replace } from '../lineage/dom.js';
import { lower, typeName } from '../lineage/words.js';
import { ask } from './api.js';
import { domainLink, HOME, lineageLink, productLink } from './links.js';
import { actionName, complianceTag, empty, panel, productRow, time } from './parts.js';

const PAGE = 25;
const RECENT = 12;
const PRODUCT = 'urn name type status classification ownerTeam domain { name }';
const START = `query Start {
  domains(first: 1000) { nodes { name description ownerTeam dataProducts { totalCount } } }
  complianceReport { checkedProducts overallCompliance byDomain { checkedProducts compliantProducts violations warnings domain { name } } }
  auditEvents(first: 100) { nodes { at actor action subjectKind subjectId domain before after } }
}`;
const SEARCH = `query Search($filter: DataProductFilter, $compliant: DataProductFilter, $not: DataProductFilter, $search: String, $first: Int, $after: String) {
  dataProducts(filter: $filter, search: $search, first: $first, after: $after) {
    totalCount
    nodes { ${PRODUCT} description tags }
    pageInfo { hasNextPage endCursor }
    facets {
      domain(first: 100) { value count }
      type { value count }
      status { value count }
      classification { value count }
      tag(first: 30) { value count }
    }
  }
  compliant: dataProducts(filter: $compliant, search: $search) { totalCount }
  not: dataProducts(filter: $not, search: $search) { totalCount }
}`;
const FACETS = [['domain', 'Domain', String], ['type', 'Type', typeName], ['status', 'Status', lower], ['classification', 'Classification', lower], ['tag', 'Tag', String]];

export async function homePage({ main, go, signal }) {
  const params = new URLSearchParams(location.search);
  const searching = [...params.keys()].length > 0;
  main.className = 'home';
  const start = ask(START, {}, signal);
  if (searching) await results({ main, params, go, signal, start });
  else {
    const data = await start;
    const events = latestChanges(data.auditEvents.nodes);
    replace(main, startParts(data, events, await productsOf(events, signal), go));
  }
  return searching ? 'Search' : '';
}

function startParts({ domains, complianceReport: report }, events, products, go) {
  const standing = new Map(report.byDomain.map(item => [item.domain.name, item]));
  const compliant = report.byDomain.reduce((sum, item) => sum + item.compliantProducts, 0);
  return [
    h(
      'div.hero',
      {},
      h('h1', {}, 'What data is there, and what depends on what?'),
      h('p', {}, `${plural(report.checkedProducts, 'data product')} in ${plural(domains.nodes.length, 'domain')}; ${compliant.toLocaleString('en')} of them keep every mandatory policy.`),
      searchForm(new URLSearchParams(), go),
    ),
    h(
      'div.columns',
      {},
      panel('Domains', domains.nodes.length ? h('ul.domains', {}, domains.nodes.map(domain => domainCard(domain, standing.get(domain.name)))) : empty('No domain is registered.'), h('a', { href: `${HOME}?all=1` }, 'All products')),
      panel('Recently changed', recent(events, products)),
    ),
  ];
}

function searchForm(params, go) {
  const input = h('input', { type: 'search', name: 'q', 'aria-label': 'Search data products', placeholder: 'Name, description, tag or field', value: params.get('q') ?? '' });
  const submit = event => {
    event.preventDefault();
    const next = new URLSearchParams(params);
    next.set('q', input.value.trim());
    if (!input.value.trim()) {
      next.delete('q');
      next.set('all', '1');
    }
    go(`${HOME}?${next}`);
  };
  return h('form.find', { onsubmit: submit }, icon('search'), input, h('button.button.primary', { type: 'submit' }, 'Search'));
}

function domainCard(domain, standing) {
  const share = standing?.checkedProducts ? standing.compliantProducts / standing.checkedProducts : 1;
  return h(
    'li',
    {},
    h('a.domain-card', { href: domainLink(domain.name) },
      h('span.name', {}, domain.name),
      h('span.under', {}, domain.ownerTeam),
      h('span.count', {}, plural(domain.dataProducts.totalCount, 'product')),
      standing ? h('span.meter', { 'aria-hidden': 'true' }, h('i', { style: { width: `${share * 100}%` } })) : null,
      standing ? complianceTag(standing.violations === 0, standing.violations) : h('span.tag.plain', {}, 'no products')),
  );
}

// One line a product or other subject, its latest change.
function latestChanges(events) {
  const latest = new Map();
  for (const event of events) {
    const key = productIdOf(event) ?? (event.subjectKind === 'BATCH' ? `${event.domain} ${event.action}` : event.subjectId);
    if (!latest.has(key)) latest.set(key, event);
  }
  return [...latest.values()].slice(0, RECENT);
}

// The log keeps documents of the API and of records: both ways to write a name.
const valueOf = (event, key) => {
  const snake = key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
  const from = document => document?.[key] ?? document?.[snake];
  return from(event.after) ?? from(event.before) ?? null;
};

/** The id of the product that an event touches: its own, a contract's, a change request's, a waiver's; null: none. */
function productIdOf(event) {
  if (event.subjectKind === 'DATA_PRODUCT' || event.subjectKind === 'DEPENDENCY') return event.subjectId;
  const products = event.after?.products;
  if (event.subjectKind === 'BATCH') return products?.length === 1 ? products[0].id : null;
  return valueOf(event, 'productId');
}

/** The products of events by their ids; those that are gone are not in it. */
async function productsOf(events, signal) {
  const ids = [...new Set(events.map(productIdOf).filter(Boolean))];
  if (!ids.length) return new Map();
  const fields = ids.map((id, k) => `p${k}: node(id: ${JSON.stringify(id)}) { ... on DataProduct { id urn name domain { name } } }`);
  const found = await ask(`query Named { ${fields.join(' ')} }`, {}, signal);
  return new Map(Object.values(found).filter(product => product?.urn).map(product => [product.id, product]));
}

function recent(events, products) {
  if (!events.length) return empty('Nothing has changed yet.');
  return h('ol.events', {}, events.map(event => h('li', {}, eventSubject(event, products.get(productIdOf(event))), h('span.under', {}, [actionName(event), eventDetail(event), event.actor].filter(Boolean).join(' · '), ' · ', time(event.at)))));
}

function eventSubject(event, product) {
  if (product) return h('a.name', { href: productLink(product.urn) }, `${product.domain.name} · ${product.name}`);
  const name = ['DOMAIN', 'BATCH'].includes(event.subjectKind) ? null : valueOf(event, 'name');
  const text = [event.domain, name].filter(Boolean).join(' · ') || 'the whole mesh';
  return event.domain ? h('a.name', { href: domainLink(event.domain) }, text) : h('span.name', {}, text);
}

// What of the subject changed, where its name does not say it.
function eventDetail(event) {
  switch (event.subjectKind) {
    case 'WAIVER':
      return valueOf(event, 'policyName');
    case 'CHANGE_REQUEST':
      return `${valueOf(event, 'fromVersion')} → ${valueOf(event, 'toVersion')}`;
    case 'DATA_CONTRACT':
      return valueOf(event, 'version');
    case 'BATCH': {
      const { products = [], changes = [] } = event.after ?? {};
      return products.length + changes.length ? plural(products.length || changes.length, products.length ? 'product' : 'change') : null;
    }
    default:
      return null;
  }
}

async function results({ main, params, go, signal, start }) {
  const filter = {};
  for (const [key] of FACETS) if (params.getAll(key).length) filter[key === 'tag' ? 'tags' : key] = params.getAll(key);
  if (params.get('team')) filter.ownerTeam = params.getAll('team');
  const compliant = params.get('compliant');
  const variables = {
    filter: { ...filter, ...(compliant && { compliant: compliant === 'yes' }) },
    compliant: { ...filter, compliant: true },
    not: { ...filter, compliant: false },
    search: params.get('q') || null,
    first: PAGE,
  };
  const [data, { domains }] = await Promise.all([ask(SEARCH, variables, signal), start]);
  const link = change => {
    const next = new URLSearchParams(params);
    change(next);
    if (![...next.keys()].length) next.set('all', '1');
    return `${HOME}?${next}`;
  };
  const toggled = (key, value) => link(next => (next.getAll(key).includes(value) ? next.delete(key, value) : next.append(key, value)));
  const choice = (key, value, label, count) => {
    const on = params.getAll(key).includes(value);
    return h('li', {}, h(`a.choice${on ? '.on' : ''}`, { href: toggled(key, value), 'aria-current': on ? 'true' : null }, h('span', {}, label), h('span.number', {}, count === null ? '' : count.toLocaleString('en'))));
  };
  const facet = (title, choices) => (choices.length ? h('details', { open: innerWidth > 760 }, h('summary', {}, title), h('ul', {}, choices)) : null);
  const page = data.dataProducts;
  const chosenOnly = key => params.getAll(key).filter(value => !page.facets[key].some(item => item.value === value)).map(value => ({ value, count: 0 }));
  const teams = [...new Set([...domains.nodes.map(domain => domain.ownerTeam), ...page.nodes.map(product => product.ownerTeam), ...params.getAll('team')])].sort();
  const list = h('ul.rows', {}, page.nodes.map(resultRow));
  let cursor = page.pageInfo;
  const more = h('button.button', { type: 'button', hidden: !cursor.hasNextPage }, 'More');
  more.addEventListener('click', async () => {
    const next = (await ask(SEARCH, { ...variables, after: cursor.endCursor }, signal)).dataProducts;
    cursor = next.pageInfo;
    list.append(...next.nodes.map(resultRow));
    more.hidden = !cursor.hasNextPage;
  });
  replace(
    main,
    h('div.hero.small', {}, h('h1', {}, 'Data products'), searchForm(params, go)),
    h(
      'div.results',
      {},
      h(
        'aside.facets',
        { 'aria-label': 'Filters' },
        FACETS.map(([key, title, name]) => facet(title, [...page.facets[key], ...chosenOnly(key)].map(({ value, count }) => choice(key, value, name(value), count)))),
        facet('Team', teams.map(team => choice('team', team, team, null))),
        facet('Compliance', [choice('compliant', 'yes', 'compliant', data.compliant.totalCount), choice('compliant', 'no', 'with findings', data.not.totalCount)]),
      ),
      h('section', { 'aria-label': 'Results' }, h('p.count', { role: 'status' }, plural(page.totalCount, 'data product'), [...params.keys()].some(key => key !== 'all') ? h('a', { href: `${HOME}?all=1` }, 'clear all') : null), page.nodes.length ? list : empty('No data product matches.'), more),
    ),
  );
}

const resultRow = product => {
  const row = productRow(product);
  row.firstChild.append(h('p', {}, product.description), product.tags.length ? h('p.under', {}, product.tags.map(tag => [h('a.hash', { href: `${HOME}?tag=${encodeURIComponent(tag)}` }, `#${tag}`), ' '])) : '');
  row.lastChild.append(h('a.button.small', { href: lineageLink(product.urn) }, icon('graph'), 'Lineage'));
  return row;
};
