// The drawer beside the lineage: a product's details, or what a change breaks.
import { h, icon, plural } from '../lineage/dom.js';
import { reach } from '../lineage/graph.js';
import { lower, typeName } from '../lineage/words.js';
import { lineageLink, productLink } from './links.js';
import { promises } from './measured.js';
import { empty, ending, findingItems } from './parts.js';

const NAMED = 12; // consumers that are named

/** Counts of `steps` (node -> steps) by domain: `[name, { direct, further }]`, the largest first. */
export function byDomain(graph, steps) {
  const counts = new Map();
  for (const [v, distance] of steps) {
    if (!distance) continue;
    const { domain } = graph.nodes[v];
    const count = counts.get(domain) ?? { direct: 0, further: 0 };
    count[distance === 1 ? 'direct' : 'further']++;
    counts.set(domain, count);
  }
  return [...counts].sort(([a, x], [b, y]) => y.direct + y.further - x.direct - x.further || (a < b ? -1 : 1));
}

export function breakdown(graph, steps, tones) {
  const counts = byDomain(graph, steps);
  const most = Math.max(1, ...counts.map(([, { direct, further }]) => direct + further));
  const total = counts.reduce((sum, [, { direct, further }]) => sum + direct + further, 0);
  if (!total) return empty('No product would notice.');
  return h(
    'div.breakdown',
    {},
    h('p', {}, h('b', {}, plural(total, 'product')), ` in ${plural(counts.length, 'domain')}`),
    h('table', {}, h('caption.hidden', {}, 'Affected products by domain'), h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Domain'), h('th.number', { scope: 'col' }, 'Direct'), h('th.number', { scope: 'col' }, 'Further'))),
      h('tbody', {}, counts.map(([domain, { direct, further }]) =>
        h('tr', {}, h('th', { scope: 'row' }, domain, h('span.meter', { 'aria-hidden': 'true' }, h('i', { style: { width: `${((direct + further) / most) * 100}%`, background: tones.of(domain) } }))), h('td.number', {}, direct), h('td.number', {}, further))))),
  );
}

const closeButton = onclick => h('button.plain.close', { type: 'button', 'aria-label': 'Close details', onclick }, icon('close'));

/** `details` is null while it loads. */
export function productDrawer({ graph, v, details, tones, on }) {
  const node = graph.nodes[v];
  const product = details?.node;
  const downstream = reach([v], graph.outs);
  const head = h('header', {}, h('div', {}, h('p.crumb', {}, [node.domain, node.type && typeName(node.type), node.status && lower(node.status), node.version && `v${node.version}`].filter(Boolean).join(' · ')), h('h2', {}, node.name)), closeButton(on.close));
  const actions = h('p.actions', {}, h('button.button.primary', { type: 'button', onclick: () => on.impact(null) }, 'Impact'), h('a.button', { href: lineageLink(node.urn) }, 'Centre here'), h('a.button', { href: productLink(node.urn) }, 'Product page'));
  if (!product) return [head, actions, h('p.empty', { role: 'status' }, 'Loading the details…')];
  const findings = [...product.compliance.violations.nodes, ...product.compliance.warnings.nodes];
  const { contract } = product;
  return [
    head,
    ending(product),
    h('p', {}, product.description),
    actions,
    node.hidden ? h('p.cut', {}, icon('alert'), `${plural(node.hidden, 'neighbour')} left out (${lower(node.reason ?? 'limit')}). `, h('button.button.small', { type: 'button', onclick: () => on.fetch(v) }, 'Fetch them')) : null,
    graph.inCycle.has(node.id) ? h('p.cut', {}, icon('alert'), `In a cycle with ${graph.cycles[graph.inCycle.get(node.id)].filter(id => id !== node.id).map(id => graph.nodes[graph.index.get(id)]?.name).filter(Boolean).join(', ') || 'itself'}.`) : null,
    findings.length ? [h('h3', {}, 'Policies'), h('ul.findings', {}, findingItems(findings))] : [h('h3', {}, 'Policies'), h('p.tag.good', {}, icon('check'), ' no findings')],
    h('h3', {}, 'Who feels a change'),
    breakdown(graph, downstream, tones),
    h('h3', {}, 'Owner'),
    h('p', {}, product.ownerTeam),
    contract ? contractPart(product, on) : [h('h3', {}, 'Contract'), empty('There is none.')],
    product.accessPoints.length ? [h('h3', {}, 'Where'), product.accessPoints.map(({ kind, uri }) => h('p', {}, h('span.under', {}, `${lower(kind)} `), h('code', {}, uri)))] : null,
  ];
}

function contractPart(product, on) {
  const { contract, consumers, dependencies } = product;
  const rows = [
    ['Format', contract.format],
    ['Classification', contract.classification ? lower(contract.classification) : 'none'],
    ['Retention', contract.retention ? plural(contract.retention.days, 'day') : 'none'],
    ...promises(product).map(({ name, target, measured, kept, reason }) => [name, measured === null ? [h('span', {}, target), h('span.under', { title: reason ?? null }, ' promised, not measured')] : [h(kept === false ? 'span.missed' : 'span', {}, measured), h('span.under', {}, ` of ${target}`)]]),
  ];
  const readers = path => consumers.nodes.filter(({ fields }) => fields?.includes(path));
  const whole = consumers.nodes.filter(({ fields }) => fields === null);
  const whose = consumers.totalCount > consumers.nodes.length ? `Of the first ${consumers.nodes.length} consumers these` : 'These consumers';
  const sources = dependencies.nodes.filter(({ fields }) => fields?.length);
  return [
    h('h3', {}, `Contract ${contract.version}`),
    h('dl', {}, rows.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    h('h3', {}, `Fields (${contract.fields.length})`),
    h('ul.fields', {}, contract.fields.map(field =>
      h('li', {}, h('button', { type: 'button', 'aria-label': `What breaks if ${field.path} changes`, onclick: () => on.impact(`field:${field.path}`) }, h('code', {}, field.path), h('span.under', {}, field.type)),
        readers(field.path).map(({ consumer }) => h('button.column', { type: 'button', onclick: () => on.go(consumer.id) }, icon('right'), `${consumer.domain.name} · ${consumer.name}`))))),
    whole.length ? h('p.under', {}, `${whose} read all fields: ${whole.slice(0, NAMED).map(({ consumer }) => consumer.name).join(', ')}${whole.length > NAMED ? ` and ${whole.length - NAMED} more` : ''}.`) : null,
    sources.length ? [h('h3', {}, 'Fields it reads'), h('ul.fields', {}, sources.map(({ provider, fields }) => h('li', {}, h('button.column', { type: 'button', onclick: () => on.go(provider.id) }, icon('left'), `${provider.domain.name} · ${provider.name}`), h('span.under', {}, fields.join(', ')))))] : null,
  ];
}

/** What a change breaks: its choice, the counts, the owners to ask. */
export function impactDrawer({ graph, v, impact, choices, change, tones, on }) {
  const node = graph.nodes[v];
  const select = h('select', { 'aria-label': 'The change', onchange: event => on.impact(event.target.value || null) }, choices.map(([value, label]) => h('option', { value, selected: value === (change ?? '') }, label)));
  const head = h('header', {}, h('div', {}, h('p.crumb', {}, `${node.domain} · owned by ${node.owner}`), h('h2', {}, `Impact of ${node.name}`)), closeButton(on.close));
  const parts = [head, h('label.choice-of', {}, h('span', {}, 'What changes'), select)];
  if (!impact) return [...parts, h('p.empty', { role: 'status' }, 'Working out the impact…')];
  const direct = [...impact.steps].filter(([, steps]) => steps === 1).map(([w]) => graph.nodes[w]);
  const owners = new Map();
  for (const [w, steps] of impact.steps) if (steps) owners.set(graph.nodes[w].owner, [...(owners.get(graph.nodes[w].owner) ?? []), steps]);
  const missing = impact.outside;
  return [
    ...parts,
    h('p', {}, impact.breaking ? h('span.tag.bad', {}, icon('alert'), ' breaks readers') : h('span.tag.good', {}, icon('check'), ' breaks no reader')),
    missing ? h('p.cut', {}, icon('alert'), `${plural(missing, 'affected consumer')} not in this graph.`) : null,
    graph.nodes.some(other => other.hidden) ? h('p.cut', {}, icon('alert'), 'The graph is cut: further products may be affected.') : null,
    h('h3', {}, 'Who is affected'),
    breakdown(graph, impact.steps, tones),
    owners.size ? [h('h3', {}, 'Owners to ask'), h('ul.owners', {}, [...owners].sort((a, b) => b[1].length - a[1].length).map(([owner, steps]) => h('li', {}, h('span', {}, owner ?? 'unknown'), h('span.under', {}, `${steps.filter(count => count === 1).length} direct, ${steps.filter(count => count > 1).length} further`))))] : null,
    direct.length ? [h('h3', {}, 'Affected directly'), h('ul.fields', {}, direct.map(other => h('li', {}, h('button.column', { type: 'button', onclick: () => on.go(other.id) }, `${other.domain} · ${other.name}`), h('span.under', {}, impact.fields.get(other.id)?.join(', ') || 'all fields'))))] : null,
  ];
}
