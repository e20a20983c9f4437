// Pan and zoom by pointer, wheel, pinch and script.

const LEAST = 0.03;
const MOST = 2.5;

/** `onChange(view)` runs once a frame; `view` is `{ x, y, z }`: a point p of the picture is drawn at p * z + (x, y). */
export function createViewport(element, onChange, moving = 'drag') {
  const view = { x: 0, y: 0, z: 1 };
  const pointers = new Map();
  let frame = 0;
  const changed = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      onChange(view);
    });
  };
  const set = next => {
    Object.assign(view, next);
    changed();
  };
  const zoom = (factor, x = element.clientWidth / 2, y = element.clientHeight / 2) => {
    const z = Math.min(MOST, Math.max(LEAST, view.z * factor));
    const scale = z / view.z;
    set({ z, x: x - (x - view.x) * scale, y: y - (y - view.y) * scale });
  };
  const place = event => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  element.addEventListener('pointerdown', event => {
    if (event.button > 0 || event.target.closest('button, input, a, summary')) return;
    pointers.set(event.pointerId, place(event));
    element.setPointerCapture(event.pointerId);
    element.classList.add(moving);
  });
  element.addEventListener('pointermove', event => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const [x, y] = place(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const spread = Math.hypot(x - other[0], y - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1]));
      zoom(spread, (x + other[0]) / 2, (y + other[1]) / 2);
    } else set({ x: view.x + x - before[0], y: view.y + y - before[1] });
    pointers.set(event.pointerId, [x, y]);
  });
  const release = event => {
    pointers.delete(event.pointerId);
    if (!pointers.size) element.classList.remove(moving);
  };
  element.addEventListener('pointerup', release);
  element.addEventListener('pointercancel', release);
  element.addEventListener(
    'wheel',
    event => {
      event.preventDefault();
      if (!event.ctrlKey && Math.abs(event.deltaX) > Math.abs(event.deltaY)) set({ x: view.x - event.deltaX });
      else zoom(Math.exp(-event.deltaY * 0.0015), ...place(event));
    },
    { passive: false },
  );
  return { view, set, zoom };
}
