// The elements of cards and boxes.
import { h, icon, plural } from './dom.js';
import { lower, qualityName, stepsName, typeName } from './words.js';

/** A product's card: a button named by all that is on it. */
export function productCard(node, { item, tone, root }) {
  const findings = node.findings === null ? null : node.findings ? plural(node.findings, 'finding') : 'compliant';
  const label = [
    `${node.domain} ${node.name}`,
    node.type && typeName(node.type),
    node.status && lower(node.status),
    findings ?? 'compliance unknown',
    qualityName(node.quality),
    stepsName(node),
  ];
  return h(
    'button.card',
    {
      type: 'button',
      tabindex: -1,
      'aria-label': label.filter(Boolean).join(', '),
      'aria-current': root ? 'true' : null,
      title: `${node.domain}: ${node.name}`,
      data: { item, id: node.id, bad: node.findings ? '1' : '0' },
      style: { '--d': tone },
    },
    h('span.where', {}, h('span.domain', {}, node.domain), h('span.type', {}, node.type ? typeName(node.type) : '')),
    h('span.name', {}, breakable(node.name)),
    h(
      'span.facts',
      {},
      complianceTag(node),
      node.status && node.status !== 'PRODUCTION' ? h('span.tag.warn', {}, lower(node.status)) : null,
      qualityName(node.quality) ? h(node.quality.passed === false ? 'span.quality.missed' : 'span.quality', {}, qualityName(node.quality)) : null,
      /CONF|RESTR/.test(node.classification ?? '') ? h('span.lock', { title: lower(node.classification) }, icon('lock')) : null,
    ),
  );
}

// A long name may break after an underscore, where cards show it on two lines.
const breakable = name => name.split(/(?<=[_-])/).flatMap((part, k) => (k ? [h('wbr'), part] : [part]));

function complianceTag(node) {
  if (node.findings === null) return h('span.tag.unknown', {}, '…');
  return node.findings ? h('span.tag.bad', {}, plural(node.findings, 'finding')) : h('span.tag.good', {}, icon('check'));
}

/** A box of several products: a domain's, several domains', or a chain. */
export function boxCard(item, { nodes, number, tone }) {
  const members = item.members.map(v => nodes[v]);
  const domains = new Set(members.map(node => node.domain)).size;
  const bad = members.filter(node => node.findings).length;
  const known = members.every(node => node.findings !== null);
  const where = item.chain ? `in ${plural(domains, 'domain')}` : (item.domain ?? 'other domains');
  const kind = item.chain ? 'chain' : item.domain ? 'domain' : plural(domains, 'domain');
  const more = item.key.endsWith('|more');
  const what = item.chain ? 'steps in a row' : more ? 'more products' : 'products';
  return h(
    'button.card.box',
    {
      type: 'button',
      tabindex: -1,
      'aria-label': `${members.length} ${what}, ${where}, ${known ? plural(bad, 'with findings', 'with findings') : 'compliance unknown'}, folded; opens`,
      data: { item: number, key: item.key, bad: bad ? '1' : '0' },
      style: { '--d': tone },
    },
    h('span.where', {}, h('span.domain', {}, where), h('span.type', {}, kind)),
    h('span.name', {}, h('b', {}, members.length.toLocaleString('en')), ` ${what}`),
    h('span.facts', {}, !known ? h('span.tag.unknown', {}, '…') : bad ? h('span.tag.bad', {}, `${bad.toLocaleString('en')} with findings`) : h('span.tag.good', {}, icon('check'), ' compliant')),
  );
}
