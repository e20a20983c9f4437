// Small parts that several pages share.
import { h, icon } from '../lineage/dom.js';
import { dayName, lower, timeName, typeName } from '../lineage/words.js';
import { domainLink, productLink } from './links.js';

export const statusTag = status => h(`span.tag${{ PRODUCTION: '.good', DEPRECATED: '.bad', RETIRED: '.bad' }[status] ?? '.warn'}`, {}, lower(status));

export const complianceTag = (compliant, count) =>
  compliant ? h('span.tag.good', {}, icon('check'), ' compliant') : h('span.tag.bad', {}, icon('alert'), count === undefined ? ' not compliant' : ` ${count} ${count === 1 ? 'finding' : 'findings'}`);

export const time = text => h('time', { datetime: text, title: text }, timeName(text));

/** A titled section; `more` stands at the right of the title. */
export const panel = (title, content, more = null) => h('section.panel', { 'aria-label': title }, h('header', {}, h('h2', {}, title), more), content);

export const empty = text => h('p.empty', {}, text);

export const productRow = product =>
  h(
    'li.row',
    {},
    h('div', {}, h('a.name', { href: productLink(product.urn) }, product.name), h('span.under', {}, h('a', { href: domainLink(product.domain.name) }, product.domain.name), ` · ${product.ownerTeam} · ${typeName(product.type)}`)),
    h('span.tags', {}, product.classification ? h('span.tag.plain', {}, lower(product.classification)) : null, statusTag(product.status)),
  );

/** One item for each policy and message, with all products that it concerns. */
export function findingItems(violations) {
  const groups = new Map();
  for (const violation of violations) {
    const key = JSON.stringify([violation.policy.name, violation.message, violation.enforcement, violation.waivedBy?.expiresAt]);
    groups.set(key, [...(groups.get(key) ?? []), violation]);
  }
  return [...groups.values()].map(group => finding(group[0], group.map(violation => violation.product).filter(Boolean)));
}

const finding = (violation, products) =>
  h(
    `li.finding${violation.enforcement === 'MANDATORY' && !violation.waivedBy ? '.bad' : ''}`,
    {},
    h('strong', {}, violation.policy.name),
    h('span.under', {}, violation.waivedBy ? `waived until ${timeName(violation.waivedBy.expiresAt)}` : lower(violation.enforcement)),
    products.length ? h('p.of', {}, products.map((product, k) => [k ? ', ' : '', h('a', { href: productLink(product.urn) }, `${product.domain.name} · ${product.name}`)])) : null,
    h('p', {}, violation.message),
  );

/** The fields that `ending` needs of a `DataProduct`. */
export const ENDING = 'sunset successor { urn name domain { name } }';

/** The last day and the successor of a deprecated or retired product; null of any other. */
export function ending({ status, sunset, successor }) {
  if (status !== 'DEPRECATED' && status !== 'RETIRED') return null;
  const past = sunset && sunset < new Date().toISOString().slice(0, 10);
  const day = sunset ? [past ? ' Its last day was ' : ' Its last day is ', h('time', { datetime: sunset }, dayName(sunset)), '.'] : status === 'DEPRECATED' ? ' No last day is set.' : null;
  const next = successor ? [' Use ', h('a', { href: productLink(successor.urn) }, `${successor.domain.name} · ${successor.name}`), ' instead.'] : ' No successor is named.';
  return h('p.ending', {}, h('strong', {}, icon('alert'), status === 'RETIRED' ? ' Retired: nothing reads it and nothing may.' : ' Deprecated.'), day, next);
}

/** JSON as nested lists of names and values. */
export function jsonView(value) {
  if (value === null || typeof value !== 'object') return h('span', {}, value === null ? '–' : String(value));
  if (Array.isArray(value)) return value.every(item => item === null || typeof item !== 'object') ? h('span', {}, value.join(', ') || '–') : h('ul.json', {}, value.map(item => h('li', {}, jsonView(item))));
  const entries = Object.entries(value);
  return entries.length ? h('dl', {}, entries.map(([key, item]) => [h('dt', {}, key), h('dd', {}, jsonView(item))])) : h('span', {}, '–');
}

/** A table with a caption for screen readers; wide tables scroll on their own. */
export const table = (caption, heads, rows) =>
  h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': caption }, h('table', {}, h('caption.hidden', {}, caption), h('thead', {}, h('tr', {}, heads.map(head => h('th', { scope: 'col' }, head)))), h('tbody', {}, rows.map(row => h('tr', {}, row.map((cell, k) => h(k ? 'td' : 'th', k ? {} : { scope: 'row' }, cell)))))));

const DONE = {
  activate: 'in force', approve: 'approved', cancel: 'cancelled', create: 'created', declare: 'declared', define: 'defined', deprovision: 'released', grant: 'granted',
  import: 'imported', initialize: 'initialized', load: 'loaded', provision: 'provisioned', publish: 'published', record: 'recorded', redeliver: 'redelivered', register: 'registered',
  reject: 'rejected', restore: 'restored', retire: 'retired', start: 'started', submit: 'submitted', transition: 'moved', update: 'updated', withdraw: 'withdrawn',
};

/** What an audit event did, in words: `data contract published`. */
export function actionName({ action, subjectKind }) {
  if (action === 'dataContractPublish' && subjectKind === 'CHANGE_REQUEST') return 'change request opened';
  const words = action.replace(/([A-Z])/g, ' $1').toLowerCase().split(' ');
  return words.map(word => DONE[word] ?? word).join(' ');
}
