// What a contract promises beside what was measured of it.

import { durationName } from '../lineage/words.js';

export const percent = share => `${Number((share * 100).toFixed(3))} %`;
// As promised, or of a measured value the digits that say something.
const amount = (value, unit) => (unit === 'ratio' || (!unit && value <= 1) ? percent(value) : [Number(value.toPrecision(4)), unit].filter(Boolean).join(' '));

/**
 * The promises of a product's contract: `{ name, target, measured, kept, reason, at, budget }`. `measured` is null where
 * nothing was measured, for `reason`; `budget` is the error budget that is left, null where there is none. Needs
 * `serviceLevels { levels { … } }`, `contract { quality { … } }` and `quality { latest { … } }`.
 */
export function promises({ contract, serviceLevels, quality }) {
  const levels = serviceLevels.levels.map(level => ({
    name: level.metric.replaceAll('_', ' '),
    target: `${level.better === 'LOWER' ? '≤' : '≥'} ${amount(level.target, level.unit)}`,
    measured: level.measured === null ? null : amount(Number(level.measured.toPrecision(level.measured < 100 ? 3 : 6)), level.unit),
    kept: level.kept,
    reason: level.reason,
    at: level.measuredAt ?? null,
    budget: level.errorBudgetLeft ?? null,
  }));
  const { latest } = quality;
  const dimensions = contract.quality.map(({ dimension, threshold, maxDelay }) => {
    const found = latest?.dimensions.find(one => one.dimension === dimension);
    const score = found?.score ?? null;
    return {
      name: dimension,
      target: [threshold === null ? null : `≥ ${percent(threshold)}`, maxDelay ? `within ${durationName(maxDelay)}` : null].filter(Boolean).join(', '),
      measured: score === null ? null : percent(score),
      kept: found?.passed ?? null,
      reason: found?.reason ?? (latest ? 'The quality run does not measure it.' : 'There was no quality run.'),
      at: score === null ? null : latest.finishedAt,
      budget: null,
    };
  });
  return [...levels, ...dimensions];
}
