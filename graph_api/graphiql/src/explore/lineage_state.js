// The state of the lineage page, as its address tells it: every view has a link.

const FLAGS = ['all', 'group'];

/** Reads the query string. Absent entries have their defaults. */
export function readState(search, narrow) {
  const params = new URLSearchParams(search);
  const number = (key, fallback) => (/^\d+$/.test(params.get(key) ?? '') ? Number(params.get(key)) : fallback);
  return {
    mode: params.get('mode') === 'impact' ? 'impact' : 'lineage',
    view: ['table', 'picture'].includes(params.get('view')) ? params.get('view') : narrow ? 'table' : 'picture',
    by: ['flow', 'steps'].includes(params.get('by')) ? params.get('by') : null,
    depth: number('depth', null),
    max: number('max', 1000),
    direction: ['UPSTREAM', 'DOWNSTREAM'].includes(params.get('direction')) ? params.get('direction') : 'BOTH',
    asOf: params.get('asOf'),
    at: params.get('at'),
    change: params.get('change'),
    all: params.has('all'),
    group: params.has('group'),
    open: new Map(params.getAll('open').map(readOpen)),
    more: params.getAll('more'),
    see: readSee(params.get('see')),
  };
}

function readOpen(text) {
  const [key, pages, find] = text.split('~');
  return [key, { pages: Math.max(1, Number(pages) || 1), find: find ?? '' }];
}

function readSee(text) {
  const [x, y, z] = (text ?? '').split(',').map(Number);
  return z > 0 && Number.isFinite(x) && Number.isFinite(y) ? { x, y, z } : null;
}

/** The query string of a state: what differs from the defaults. */
export function writeState(state, narrow) {
  const params = new URLSearchParams();
  if (state.mode !== 'lineage') params.set('mode', state.mode);
  if (state.view !== (narrow ? 'table' : 'picture')) params.set('view', state.view);
  if (state.by) params.set('by', state.by);
  if (state.depth !== null) params.set('depth', state.depth);
  if (state.max !== 1000) params.set('max', state.max);
  if (state.direction !== 'BOTH') params.set('direction', state.direction);
  for (const key of ['asOf', 'at', 'change']) if (state[key]) params.set(key, state[key]);
  for (const key of FLAGS) if (state[key]) params.set(key, '1');
  for (const [key, { pages, find }] of state.open) params.append('open', find ? `${key}~${pages}~${find}` : pages > 1 ? `${key}~${pages}` : key);
  for (const urn of state.more) params.append('more', urn);
  if (state.see) params.set('see', [state.see.x, state.see.y, state.see.z].map(value => Number(value.toFixed(3))).join(','));
  return params.toString();
}
