// Asks the worker for pictures; a newer request makes an older one's answer worthless.

/** One worker; `arrange(graph, view)` resolves to a picture, or to null when a newer request came first. */
export function createArranger() {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  let latest = 0;
  const waiting = new Map();
  worker.addEventListener('message', ({ data: { id, picture } }) => {
    waiting.get(id)?.resolve(id === latest ? picture : null);
    waiting.delete(id);
  });
  worker.addEventListener('error', event => {
    for (const { reject } of waiting.values()) reject(new Error(event.message || 'The layout worker failed.'));
    waiting.clear();
  });
  return {
    arrange(graph, view) {
      const id = ++latest;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, graph, view });
      });
    },
    close: () => worker.terminate(),
  };
}
