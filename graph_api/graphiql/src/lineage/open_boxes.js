// The open boxes above a picture: each can be searched inside and closed again.
import { h, icon } from './dom.js';

/** Chips for `open` (key -> `{ pages, find }`); `reopen(key, value)` changes one, null closes it. */
export function openBoxes(open, reopen) {
  return [...open].map(([key, { pages, find }]) => {
    const [rank, label] = key.split('|');
    const chain = rank === 'chain';
    const name = chain ? 'chain' : label === '*' ? 'other domains' : label;
    const search = h('input', { type: 'search', value: find, placeholder: 'search inside', 'aria-label': `Search inside ${name}`, onchange: event => reopen(key, { pages: 1, find: event.target.value.trim() }) });
    return h('span.chip', {}, h('b', {}, name), chain ? null : search, pages > 1 ? h('span.under', {}, `page ${pages}`) : null, h('button.plain', { type: 'button', 'aria-label': `Close ${name}`, onclick: () => reopen(key, null) }, icon('close')));
  });
}
