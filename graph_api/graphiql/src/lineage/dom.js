// Elements without a framework. Styles are set by script, never by attribute: the page's policy refuses the attribute.

const SVG = 'http://www.w3.org/2000/svg';

/** `h('button.primary', { type: 'button', onclick, style: { '--d': 'red' } }, 'text', child, [children], null)`. */
export function h(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  return fill(document.createElement(name || 'div'), classes, properties, children);
}

/** The same in SVG. */
export function svg(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  return fill(document.createElementNS(SVG, name), classes, properties, children);
}

function fill(element, classes, properties, children) {
  if (classes.length) element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'style') for (const [name, text] of Object.entries(value)) element.style.setProperty(name, text);
    else if (key === 'data') Object.assign(element.dataset, value);
    else if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'value' || key === 'checked' || key === 'selected' || key === 'open') element[key] = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const ICONS = {
  search: 'M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3zm4.4 10.4L18 18',
  lock: 'M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  check: 'M4 10.5l4 4 8-9',
  alert: 'M10 3l8 14H2zM10 8v4m0 2.2v.3',
  close: 'M5 5l10 10M15 5L5 15',
  right: 'M8 5l5 5-5 5',
  left: 'M12 5l-5 5 5 5',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  fit: 'M3 7V3h4m6 0h4v4m0 6v4h-4m-6 0H3v-4',
  theme: 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14',
  clock: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm0 3v4l3 2',
  graph: 'M3 4h5v4H3zm9 8h5v4h-5zm0-8h5v4h-5zM8 6h4M8 6c3 0 1 8 4 8',
  inbox: 'M3 11l2-7h10l2 7v5H3zm0 0h4l1 2h4l1-2h4',
  person: 'M10 3.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 17c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5',
};

/** A decorative icon, 1em high. */
export const icon = name => svg('svg.icon', { viewBox: '0 0 20 20', 'aria-hidden': 'true' }, svg('path', { d: ICONS[name] }));

/** Replaces what is in `element`. */
export const replace = (element, ...children) => {
  element.replaceChildren(...children.flat(3).filter(child => child !== null && child !== undefined && child !== false));
  return element;
};

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

const isDarkScheme = matchMedia('(prefers-color-scheme: dark)');

/** Whether `element` is drawn with dark colours. */
export function isDark(element) {
  const scheme = getComputedStyle(element).colorScheme;
  return scheme === 'dark' || (scheme !== 'light' && isDarkScheme.matches);
}
