// A product's page: all there is to know about it.
import { h, icon, plural, replace } from '../lineage/dom.js';
import { lower, timeName, typeName } from '../lineage/words.js';
import { ask } from './api.js';
import { domainLink, HOME, lineageLink, productLink } from './links.js';
import { percent, promises } from './measured.js';
import { QUALITY, qualityPanel } from './quality.js';
import { ENDING, actionName, complianceTag, empty, ending, findingItems, jsonView, panel, statusTag, table, time } from './parts.js';

const DAY = 86_400_000; // milliseconds
const TREND_DAYS = 90;
const NEIGHBOURS = 10; // that are listed at first
const NEAR = 'urn name status type domain { name }';
const PRODUCT = `query Product($urn: String!, $since: DateTime!) {
  dataProduct(urn: $urn) {
    id urn name description ownerTeam type status version tags classification createdAt updatedAt metadata
    ${ENDING}
    domain { name ownerTeam }
    accessPoints { kind uri }
    contract {
      version format classification publishedAt validFrom
      retention { days }
      quality { dimension threshold maxDelay }
      fields { path type required nullable description classification }
    }
    ${QUALITY}
    serviceLevels { compliance levels { metric target unit better measured kept reason measuredAt since errorBudgetLeft } }
    compliance {
      overallCompliance
      violations(first: 100) { nodes { message enforcement policy { name } waivedBy { expiresAt } } }
      warnings(first: 100) { nodes { message enforcement policy { name } waivedBy { expiresAt } } }
      byPolicy { violations warnings notChecked policy { name description enforcement } }
    }
    dependencies(first: 200) { totalCount nodes { kind fields contractVersion provider { ${NEAR} } } }
    consumers(first: 200) { totalCount nodes { kind fields contractVersion consumer { ${NEAR} } } }
    auditEvents(first: 30) { totalCount nodes { seq at actor action subjectKind } }
  }
}`;
const HISTORY = `query History($id: ID!) {
  changeRequests(filter: { product: $id }, first: 50) {
    nodes { id fromVersion toVersion reason openedBy openedAt deadline status approvals { domain decision decidedBy note } }
  }
  node(id: $id) { ... on DataProduct { contracts(first: 50) {
    nodes { id version status publishedAt }
  } } }
}`;
// The first version has nothing to be compared with.
const DIFFS = versions => `query Diffs { ${versions.map(({ id }, k) => `v${k}: dataContract(id: ${JSON.stringify(id)}) { changesFrom { from breaking changes { severity message } } }`).join('\n')} }`;

export async function productPage({ main, argument: urn, signal }) {
  const { dataProduct: product } = await ask(PRODUCT, { urn, since: new Date(Date.now() - TREND_DAYS * DAY).toISOString() }, signal);
  main.className = 'product';
  if (!product) throw new Error(`There is no product ${urn}.`);
  const history = h('div', {}, h('p.empty', { role: 'status' }, 'Loading the history…'));
  replace(main, heading(product), h('div.columns', {}, h('div', {}, contractPanel(product), qualityPanel(product), fieldsPanel(product), neighbours(product), history), h('div', {}, facts(product), policies(product), audit(product))));
  const more = await ask(HISTORY, { id: product.id }, signal);
  const contracts = more.node.contracts.nodes;
  const compared = contracts.slice(0, -1);
  const diffs = compared.length ? await ask(DIFFS(compared), {}, signal) : {};
  replace(history, changeRequests(more.changeRequests.nodes), versions(contracts.map((contract, k) => ({ ...contract, diff: diffs[`v${k}`]?.changesFrom ?? null }))));
  return product.name;
}

function heading(product) {
  const { violations } = product.compliance;
  return h(
    'div.heading',
    {},
    h('p.crumb', {}, h('a', { href: HOME }, 'All domains'), ' / ', h('a', { href: domainLink(product.domain.name) }, product.domain.name)),
    h('h1', {}, product.name),
    ending(product),
    h('p.lead', {}, product.description),
    h('p.tags', {}, statusTag(product.status), h('span.tag.plain', {}, typeName(product.type)), product.classification ? h('span.tag.plain', {}, lower(product.classification)) : null, complianceTag(product.compliance.overallCompliance, violations.nodes.length), product.tags.map(tag => h('a.hash', { href: `${HOME}?tag=${encodeURIComponent(tag)}` }, `#${tag}`))),
    h('p.actions', {}, h('a.button.primary', { href: lineageLink(product.urn) }, icon('graph'), 'Lineage'), h('a.button', { href: lineageLink(product.urn, { mode: 'impact' }) }, icon('alert'), 'What breaks if it changes?')),
  );
}

const facts = product =>
  panel(
    'About',
    h('dl.facts', {}, [
      ['Owner', h('a', { href: `${HOME}?team=${encodeURIComponent(product.ownerTeam)}` }, product.ownerTeam)],
      ['Domain', h('a', { href: domainLink(product.domain.name) }, product.domain.name)],
      ['Version', product.version],
      ['URN', h('code', {}, product.urn)],
      ['Created', time(product.createdAt)],
      ['Changed', time(product.updatedAt)],
      ...product.accessPoints.map(({ kind, uri }) => [lower(kind), h('code', {}, uri)]),
      ...(Object.keys(product.metadata ?? {}).length ? [['Metadata', jsonView(product.metadata)]] : []),
    ].map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    product.accessPoints.length ? null : h('span.under', {}, 'no access point'),
  );

const measuredCell = ({ measured, kept, reason, at, budget }) =>
  measured === null
    ? [h('span', {}, 'promised, not measured'), reason ? h('span.under.why', {}, reason) : null]
    : [
        h(`span.tag${kept === false ? '.bad' : '.good'}`, {}, icon(kept === false ? 'alert' : 'check'), ` ${measured}`),
        at ? h('span.under.why', {}, 'on ', time(at)) : null,
        budget === null ? null : h('span.under.why', {}, budget < 0 ? 'error budget overdrawn' : `${percent(Number(budget.toFixed(3)))} of the error budget left`),
      ];

// How many of the promises were measured, and how many of those are kept.
function keptLine(all) {
  const measured = all.filter(promise => promise.measured !== null);
  const kept = measured.filter(promise => promise.kept !== false).length;
  return h('p.under', {}, measured.length ? `${kept} of ${plural(measured.length, 'measured promise')} kept, ${all.length - measured.length} not measured.` : 'None of them was measured yet.');
}

function contractPanel(product) {
  const { contract } = product;
  if (!contract) return panel('Contract', empty('No contract is published yet.'));
  const all = promises(product);
  return panel(
    `Contract ${contract.version}`,
    [
      h('dl.facts.wide', {}, [
        ['Format', contract.format],
        ['Classification', contract.classification ? lower(contract.classification) : 'not stated'],
        ['Retention', contract.retention ? plural(contract.retention.days, 'day') : 'not stated'],
        ['In force since', contract.validFrom ? timeName(contract.validFrom) : 'not yet'],
      ].map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
      h('h3', {}, 'Service levels and quality'),
      all.length ? table('Service levels and quality', ['Promise', 'Target', 'Measured'], all.map(promise => [promise.name, promise.target, measuredCell(promise)])) : empty('The contract promises none.'),
      all.length ? keptLine(all) : null,
    ],
  );
}

function fieldsPanel(product) {
  const { contract } = product;
  if (!contract) return null;
  const { nodes, totalCount } = product.consumers;
  const readers = path => {
    const { length } = nodes.filter(edge => edge.fields === null || edge.fields.includes(path));
    return nodes.length < totalCount ? `${length.toLocaleString('en')} or more consumers` : plural(length, 'consumer');
  };
  const row = field => [
    h('code', {}, field.path, field.required ? null : '?'),
    h('span', {}, field.type, field.nullable ? ' or null' : ''),
    field.description ?? h('span.under', {}, 'not described'),
    field.classification ? lower(field.classification) : h('span.under', {}, 'as contract'),
    h('a.nowrap', { href: lineageLink(product.urn, { mode: 'impact', change: `field:${field.path}` }) }, readers(field.path)),
  ];
  return panel(`Fields (${contract.fields.length})`, contract.fields.length ? table('Fields of the contract', ['Field', 'Type', 'Meaning', 'Classification', 'Used by'], contract.fields.map(row)) : empty('The schema names no field.'));
}

function neighbours(product) {
  const row = (edge, other) =>
    h('li.row', {}, h('div', {}, h('a.name', { href: productLink(other.urn) }, other.name), h('span.under', {}, `${other.domain.name} · ${edge.kind}${edge.fields ? ` · ${plural(edge.fields.length, 'field')}` : ' · all fields'}${edge.contractVersion ? ` · pinned to ${edge.contractVersion}` : ''}`)), statusTag(other.status));
  const list = ({ nodes, totalCount }, end) => {
    const rows = nodes.map(edge => row(edge, edge[end]));
    const list = h('ul.rows', {}, rows.slice(0, NEIGHBOURS));
    const more = h('button.button', { type: 'button', hidden: rows.length <= NEIGHBOURS }, `Show ${rows.length - NEIGHBOURS} more`);
    more.addEventListener('click', () => {
      more.remove();
      list.append(...rows.slice(NEIGHBOURS));
      rows[NEIGHBOURS].querySelector('a').focus();
    });
    const left = totalCount - nodes.length;
    return [list, more, left > 0 ? h('p.under', {}, `${left.toLocaleString('en')} further ones are on the `, h('a', { href: lineageLink(product.urn, { depth: 1 }) }, 'lineage page'), '.') : null];
  };
  const { dependencies, consumers } = product;
  return h(
    'div.pair',
    {},
    panel(`Made from (${dependencies.totalCount})`, dependencies.nodes.length ? list(dependencies, 'provider') : empty('Nothing: it is a source.')),
    panel(`Used by (${consumers.totalCount})`, consumers.nodes.length ? list(consumers, 'consumer') : empty('Nobody yet.')),
  );
}

function policies({ compliance }) {
  const findings = [...compliance.violations.nodes, ...compliance.warnings.nodes];
  const kept = compliance.byPolicy.filter(item => !item.violations && !item.warnings);
  return panel('Policies', [
    findings.length ? h('ul.findings', {}, findingItems(findings)) : null,
    kept.length ? h('ul.kept', {}, kept.map(item => h('li', { title: item.policy.description }, icon(item.notChecked ? 'clock' : 'check'), h('span', {}, item.policy.name), h('span.under', {}, item.notChecked ?? lower(item.policy.enforcement))))) : null,
    findings.length || kept.length ? null : empty('No policy concerns it.'),
  ]);
}

const audit = ({ auditEvents }) =>
  panel(`Audit (${auditEvents.totalCount})`, h('ol.events', {}, auditEvents.nodes.map(event => h('li', {}, h('span.name', {}, actionName(event)), h('span.under', {}, `#${event.seq} · ${event.actor} · `, time(event.at))))));

const changeRequests = requests =>
  requests.length
    ? panel('Change requests', h('ul.requests', {}, requests.map(request => h('li', {}, h('strong', {}, `${request.fromVersion} → ${request.toVersion}`), h('span.tag.warn', {}, lower(request.status)), h('p', {}, request.reason), h('p.under', {}, `${request.openedBy} · ${timeName(request.openedAt)} · answers until ${timeName(request.deadline)}`), h('p.under', {}, request.approvals.map(approval => `${approval.domain}: ${lower(approval.decision)}${approval.note ? ` (${approval.note})` : ''}`).join(' · '))))))
    : null;

const versions = contracts => (contracts.length ? panel('Contract versions', h('ol.versions', {}, contracts.map(version => h('li', {}, h('strong', {}, version.version), ' ', h('span.tag.plain', {}, lower(version.status)), h('span.under', {}, ` published ${timeName(version.publishedAt)}`), diffView(version.diff))))) : null);

function diffView(diff) {
  if (!diff) return h('p.under', {}, 'the first version');
  if (!diff.changes.length) return h('p.under', {}, `no change from ${diff.from}`);
  const changes = h('ul.changes', {}, diff.changes.map(change => h('li', {}, h(`span.tag${change.severity === 'BREAKING' ? '.bad' : '.plain'}`, {}, lower(change.severity)), ' ', change.message)));
  return h('details', { open: diff.changes.length < 12 }, h('summary', {}, `${plural(diff.changes.length, 'change')} from ${diff.from} `, diff.breaking ? h('span.tag.bad', {}, 'breaking') : null), changes);
}
