// The small map in the corner: every item, and the part that is seen.
import { isDark } from './dom.js';
import { CARD_HEIGHT, CARD_WIDTH } from './sizes.js';

const WIDTH = 200;
const HEIGHT = 90;
const cache = new WeakMap();

export function drawMinimap(canvas, picture, view, area, tones) {
  if (!tones || !canvas.offsetParent) return;
  const context = canvas.getContext('2d');
  const dark = isDark(area);
  const map = mapOf(picture, dark, tones);
  context.clearRect(0, 0, WIDTH, HEIGHT);
  context.drawImage(map.image, 0, 0);
  context.strokeStyle = dark ? '#e9edf4' : '#161c26';
  context.strokeRect(map.x(-view.x / view.z), map.y(-view.y / view.z), (area.clientWidth / view.z) * map.scale, (area.clientHeight / view.z) * map.scale);
}

// The items don't change while the view moves: they are drawn once.
function mapOf(picture, dark, tones) {
  const known = cache.get(picture);
  if (known?.dark === dark) return known;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const item of picture.items) {
    left = Math.min(left, item.x);
    right = Math.max(right, item.x);
    top = Math.min(top, item.y);
    bottom = Math.max(bottom, item.y);
  }
  const width = right - left + CARD_WIDTH;
  const height = bottom - top + CARD_HEIGHT;
  const scale = Math.min((WIDTH - 8) / width, (HEIGHT - 8) / height);
  const x = at => (WIDTH - width * scale) / 2 + (at - left + CARD_WIDTH / 2) * scale;
  const y = at => (HEIGHT - height * scale) / 2 + (at - top + CARD_HEIGHT / 2) * scale;
  const image = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = image.getContext('2d');
  for (const item of picture.items) {
    context.fillStyle = tones.of(item.domain, dark);
    context.fillRect(x(item.x - CARD_WIDTH / 2), y(item.y - CARD_HEIGHT / 2), Math.max(2, CARD_WIDTH * scale), Math.max(1.5, CARD_HEIGHT * scale));
  }
  const map = { image, scale, x, y, dark };
  cache.set(picture, map);
  return map;
}
