// A domain's page: products, compliance now and over time, policies, defaults.
import { h, icon, plural, replace } from '../lineage/dom.js';
import { lower, timeName } from '../lineage/words.js';
import { ask } from './api.js';
import { complianceChart } from './chart.js';
import { complianceTag, empty, findingItems, jsonView, panel, productRow, table } from './parts.js';
import { HOME } from './links.js';

const HISTORY_PAUSE = 3000; // milliseconds between two looks at a history that is still recorded
const PRODUCTS = `products: dataProducts(first: 200, after: $after) { totalCount nodes { urn name type status classification ownerTeam domain { name } } pageInfo { hasNextPage endCursor } }`;
const DOMAIN = `query Domain($name: String!, $after: String) {
  domain(name: $name) {
    name description ownerTeam createdAt defaults
    ${PRODUCTS}
    policies { name description enforcement paused scope { kind } rule { kind builtin { name } expression graphPattern } }
    compliance {
      overallCompliance checkedProducts
      byDomain { compliantProducts violations warnings waived }
      byPolicy { checkedProducts compliantProducts violations warnings waived notChecked policy { name enforcement } }
      violations(first: 100) { totalCount nodes { message enforcement policy { name } waivedBy { expiresAt } product { urn name domain { name } } } }
      warnings(first: 100) { totalCount nodes { message enforcement policy { name } waivedBy { expiresAt } product { urn name domain { name } } } }
    }
  }
}`;
const MORE = `query More($name: String!, $after: String) { domain(name: $name) { ${PRODUCTS} } }`;
const HISTORY = `query History($name: String!) {
  complianceHistory(domain: $name) {
    from to note
    start { domain at checkedProducts compliantProducts }
    changes(first: 1000) { nodes { domain at checkedProducts compliantProducts } pageInfo { hasNextPage } }
  }
}`;

export async function domainPage({ main, argument: name, signal }) {
  const { domain } = await ask(DOMAIN, { name }, signal);
  main.className = 'domain';
  if (!domain) throw new Error(`There is no domain ${name}.`);
  const chart = h('div', {}, h('p.empty', { role: 'status' }, 'Loading the history…'));
  const list = h('ul.rows', {}, domain.products.nodes.map(productRow));
  replace(
    main,
    heading(domain),
    h('div.columns', {}, h('div', {}, panel('Compliance over time', chart), products(domain, list, name, signal), findings(domain.compliance), defaults(domain)), h('div', {}, byPolicy(domain.compliance), policies(domain.policies))),
  );
  await showHistory(chart, domain, signal);
  return domain.name;
}

/** Draws the history. While the service still records it, the page asks again every few seconds, for two minutes. */
async function showHistory(host, domain, signal, attempts = 40) {
  const { complianceHistory: history } = await ask(HISTORY, { name: domain.name }, signal);
  const points = [...(history.start ?? []), ...history.changes.nodes];
  const recording = Boolean(history.note) && attempts > 0;
  const none = !domain.products.totalCount ? 'No product yet.' : recording ? 'The history is being recorded…' : 'Nothing is recorded yet.';
  replace(
    host,
    points.length ? complianceChart(points, history.to) : h('p.empty', { role: 'status' }, none),
    history.note ? h('p.under', {}, history.note) : null,
    history.changes.pageInfo.hasNextPage ? h('p.under', {}, 'The first 1,000 changes are shown.') : null,
  );
  if (!recording || signal.aborted) return;
  const again = () => showHistory(host, domain, signal, attempts - 1).catch(() => {}); // what is drawn stays
  const timer = setTimeout(again, HISTORY_PAUSE);
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}

function heading(domain) {
  const standing = domain.compliance.byDomain[0];
  return h(
    'div.heading',
    {},
    h('p.crumb', {}, h('a', { href: HOME }, 'All domains')),
    h('h1', {}, domain.name),
    h('p.lead', {}, domain.description ?? ''),
    h('p.tags', {}, h('span.tag.plain', {}, `owned by ${domain.ownerTeam}`), h('span.tag.plain', {}, plural(domain.products.totalCount, 'product')), standing ? complianceTag(domain.compliance.overallCompliance, standing.violations) : null, standing?.waived ? h('span.tag.warn', {}, `${standing.waived} waived`) : null, h('span.under', {}, `since ${timeName(domain.createdAt)}`)),
  );
}

function products(domain, list, name, signal) {
  let cursor = domain.products.pageInfo;
  const more = h('button.button', { type: 'button', hidden: !cursor.hasNextPage }, 'More');
  more.addEventListener('click', async () => {
    const page = (await ask(MORE, { name, after: cursor.endCursor }, signal)).domain.products;
    cursor = page.pageInfo;
    list.append(...page.nodes.map(productRow));
    more.hidden = !cursor.hasNextPage;
  });
  return panel(`Products (${domain.products.totalCount})`, domain.products.nodes.length ? [list, more] : empty('No product yet.'));
}

const defaults = domain => panel('Defaults of new products', Object.keys(domain.defaults ?? {}).length ? jsonView(domain.defaults) : empty('The domain sets none.'));

function findings({ violations, warnings }) {
  const all = [...violations.nodes, ...warnings.nodes];
  const left = violations.totalCount + warnings.totalCount - all.length;
  return panel(`Findings (${violations.totalCount + warnings.totalCount})`, all.length ? [h('ul.findings', {}, findingItems(all)), left ? h('p.under', {}, `and ${left} more`) : null] : empty('None: every policy is kept.'));
}

const byPolicy = ({ byPolicy: rows }) =>
  panel('By policy', rows.length ? table('Compliance by policy', ['Policy', 'Kept by', 'Findings'], rows.map(row => [h('span', {}, row.policy.name, h('span.under', {}, lower(row.policy.enforcement))), row.notChecked ?? `${row.compliantProducts} of ${row.checkedProducts}`, row.violations + row.warnings ? h(`span.tag${row.violations ? '.bad' : '.warn'}`, {}, row.violations + row.warnings) : h('span.tag.good', {}, icon('check'))])) : empty('No policy concerns it.'));

const policies = list =>
  panel('Policies in force', list.length ? h('ul.policies', {}, list.map(policy => h('li', {}, h('strong', {}, policy.name), h('span.tag.plain', {}, policy.paused ? 'paused' : lower(policy.enforcement)), h('span.under', {}, policy.scope.kind === 'MESH' ? 'whole mesh' : lower(policy.scope.kind)), h('p', {}, policy.description), h('code', {}, policy.rule.expression ?? policy.rule.graphPattern ?? lower(policy.rule.builtin?.name ?? policy.rule.kind))))) : empty('None.'));
