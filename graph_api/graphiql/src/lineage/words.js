// What the interface calls the values of the schema's enums.

export const TYPES = { SOURCE: 'source', DERIVED: 'derived', AGGREGATE: 'aggregate', ML_FEATURE: 'ML feature' };

/** `PRODUCTION` -> `production`. */
export const lower = value => String(value ?? '').toLowerCase().replaceAll('_', ' ');

export const typeName = type => TYPES[type] ?? lower(type);

/** `2 steps up`, `1 step down`, `here`. */
export function stepsName(node) {
  if (!node.distance) return 'here';
  const direction = { UPSTREAM: 'up', DOWNSTREAM: 'down' }[node.direction] ?? 'up and down';
  return `${node.distance} ${node.distance > 1 ? 'steps' : 'step'} ${direction}`;
}

/** `97 % measured`, of the latest quality run; `95 % promised`, the contract's least threshold, where nothing is; else null. */
export function qualityName(quality) {
  if (!quality) return null;
  const percent = value => `${Number((value * 100).toFixed(1))} %`;
  if (quality.measured !== null && quality.measured !== undefined) return `${percent(quality.measured)} measured`;
  return quality.promised === null ? null : `${percent(quality.promised)} promised`;
}

/** An ISO 8601 duration, `P1DT4H`, as `1 d 4 h`. */
export const durationName = text => [...text.matchAll(/([\d.]+)([DHMS])/g)].map(([, count, unit]) => `${count} ${unit === 'M' ? 'min' : unit.toLowerCase()}`).join(' ') || text;

/** A calendar day, `2027-03-28`, as `28 Mar 2027`, whatever the time zone. */
export const dayName = text => new Date(text).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** Local date and time, short; to the second where moments lie close together. */
export const timeName = (text, seconds = false) =>
  new Date(text).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', ...(seconds && { second: '2-digit' }) });
