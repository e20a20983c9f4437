// The worker that arranges pictures, so that a large mesh never holds up the page.
import { arrange } from './arrange.js';

addEventListener('message', ({ data: { id, graph, view } }) => {
  postMessage({ id, picture: arrange(graph, view) });
});
