// Exports: the picture as SVG and PNG, the products as CSV.
import { isDark } from './dom.js';
import { edgePath, edgeWidth } from './edges.js';
import { CARD_HEIGHT, CARD_WIDTH } from './sizes.js';
import { lower, qualityName, stepsName, typeName } from './words.js';

const escape = text => String(text).replace(/[&<>"]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const MARGIN = 24;
// Browsers draw no larger canvas: the longest side, and the area that still fits into memory.
const MOST_PIXELS = 16_000;
const MOST_AREA = 60_000_000;

/** The whole picture as SVG text, in the colours on the screen. Self-contained: presentation attributes alone. */
export function asSvg(graph, picture, { tones, bounds, element }) {
  const dark = isDark(element);
  const colour = dark ? { back: '#0f1319', panel: '#181e27', line: '#2b3442', ink: '#e9edf4', soft: '#a5b0c2', edge: '#4a576b', cycle: '#ffb86b', bad: '#ff8f8f' } : { back: '#f6f7f9', panel: '#ffffff', line: '#d3d9e2', ink: '#161c26', soft: '#566173', edge: '#b9c2d0', cycle: '#a35200', bad: '#c62a2f' };
  const width = Math.ceil(bounds.width + 2 * MARGIN);
  const height = Math.ceil(bounds.height + 2 * MARGIN);
  const edges = picture.edges.map(edge => {
    const cycle = edge.cycle && picture.items[edge.to].rank <= picture.items[edge.from].rank;
    return `<path d="${edgePath(edge, picture.items)}" fill="none" stroke="${cycle ? colour.cycle : colour.edge}" stroke-width="${edgeWidth(edge.count).toFixed(1)}"${cycle ? ' stroke-dasharray="6 4"' : edge.observed ? ' stroke-dasharray="2 4"' : ''}${edge.faint ? ' opacity="0.45"' : ''}/>`;
  });
  const cards = picture.items.map(item => {
    const node = item.kind === 'card' ? graph.nodes[item.members[0]] : null;
    const domain = node?.domain ?? item.domain ?? 'several domains';
    const name = node?.name ?? `${item.members.length} products`;
    const state = node && [node.findings ? `${node.findings} findings` : null, node.status && lower(node.status), qualityName(node.quality)].filter(Boolean).join(' · ');
    return `<g transform="translate(${(item.x - CARD_WIDTH / 2).toFixed(1)} ${(item.y - CARD_HEIGHT / 2).toFixed(1)})"><title>${escape(`${domain} ${name}`)}</title><rect width="${CARD_WIDTH}" height="${CARD_HEIGHT}" rx="8" fill="${colour.panel}" stroke="${colour.line}"/><rect width="5" height="${CARD_HEIGHT}" rx="2" fill="${tones.of(item.domain, dark)}"/><text x="15" y="20" font-size="11.5" fill="${colour.soft}">${escape(clip(domain, 30))}</text><text x="15" y="39" font-size="14" font-weight="600" fill="${colour.ink}">${escape(clip(name, 24))}</text><text x="15" y="56" font-size="11" fill="${node?.findings ? colour.bad : colour.soft}">${escape(clip(state ?? '', 32))}</text></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${bounds.left - MARGIN} ${bounds.top - MARGIN} ${width} ${height}" font-family="system-ui, sans-serif"><rect x="${bounds.left - MARGIN}" y="${bounds.top - MARGIN}" width="${width}" height="${height}" fill="${colour.back}"/>${edges.join('')}${cards.join('')}</svg>`;
}

const clip = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** The picture as a PNG blob, twice as sharp as the screen unless that is too large. */
export async function asPng(svgText) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText)}`;
  await image.decode();
  const scale = Math.min(2, MOST_PIXELS / image.width, MOST_PIXELS / image.height, Math.sqrt(MOST_AREA / (image.width * image.height)));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('The picture is too large for a PNG.'))), 'image/png'));
}

/** One line a product, RFC 4180. A cell that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function asCsv(graph) {
  const cell = value => {
    const text = value === null || value === undefined ? '' : String(value);
    const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = graph.nodes.map(node => [node.urn, node.domain, node.name, node.type && typeName(node.type), node.status && lower(node.status), node.classification && lower(node.classification), node.owner, stepsName(node), node.rank, node.findings, node.quality.promised, node.quality.measured, node.hidden, node.reason]);
  const heads = ['urn', 'domain', 'name', 'type', 'status', 'classification', 'owner', 'steps', 'rank', 'findings', 'quality promised', 'quality measured', 'neighbours left out', 'reason'];
  return `${[heads, ...rows].map(row => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** Saves `blob` as a file of the user's. */
export function save(name, blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
