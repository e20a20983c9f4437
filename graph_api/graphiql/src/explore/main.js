// The explorer: routes an address to its page.
import '../lineage/lineage.css';
import './explore.css';
import { h, replace } from '../lineage/dom.js';
import { ask } from './api.js';
import { domainPage } from './domain.js';
import { homePage } from './home.js';
import { inboxPage } from './inbox.js';
import { HOME, PREFIX, signInLink } from './links.js';
import { lineagePage } from './lineage.js';
import { productPage } from './product.js';
import { createShell, restoreTheme } from './shell.js';

const ROUTES = [
  [/^\/explore\/?$/, homePage],
  [/^\/explore\/product\/([^/]+)$/, productPage],
  [/^\/explore\/domain\/([^/]+)$/, domainPage],
  [/^\/explore\/lineage\/([^/]+)$/, lineagePage],
  [/^\/explore\/inbox$/, inboxPage],
];
const TITLE = 'Meshweave';

restoreTheme();
const shell = createShell(document.getElementById('explore'), go);
let leave = null;
let restore = null; // shows the state of the address without a new start; false where the page cannot

/** Goes to an address of the explorer, as a link would. */
function go(address) {
  history.replaceState({ scroll: scrollY }, '');
  history.pushState(null, '', address);
  show();
}

/** After Back and Forward. */
async function popped({ state }) {
  if (restore?.()) return;
  await show();
  scrollTo(0, state?.scroll ?? 0);
}

async function show() {
  leave?.abort();
  leave = new AbortController();
  restore = null;
  const { signal } = leave;
  const pathname = location.pathname.slice(PREFIX.length);
  const [route, page] = ROUTES.find(([pattern]) => pattern.test(pathname)) ?? [];
  shell.main.className = '';
  delete document.documentElement.dataset.ready;
  if (!page) {
    replace(shell.main, message('There is no such page.', h('a.button', { href: HOME }, 'Home')));
    return;
  }
  const argument = route.exec(pathname)[1];
  shell.main.setAttribute('aria-busy', 'true');
  try {
    const title = await page({ main: shell.main, argument: argument && decodeURIComponent(argument), go, signal, onBack: handler => (restore = handler) });
    if (signal.aborted) return;
    document.title = title ? `${title} · ${TITLE}` : TITLE;
    document.documentElement.dataset.ready = '1';
  } catch (error) {
    if (signal.aborted || error.name === 'AbortError') return;
    const action = error.signIn ? h('a.button.primary', { href: signInLink() }, 'Sign in') : h('button.button', { type: 'button', onclick: show }, 'Try again');
    document.title = TITLE;
    replace(shell.main, message(error.signIn ? 'This server wants to know who is asking.' : error.message, action));
  } finally {
    if (!signal.aborted) shell.main.removeAttribute('aria-busy');
  }
}

const message = (text, action) => h('div.message', { role: 'alert' }, h('h1', {}, text), action);

addEventListener('popstate', popped);
document.addEventListener('click', event => {
  const link = event.target.closest('a');
  if (!link?.getAttribute('href')?.startsWith(HOME) || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.target) return;
  event.preventDefault();
  go(link.getAttribute('href'));
  scrollTo(0, 0);
  shell.main.focus({ preventScroll: true });
});

ask('{ viewer { name anonymous roles } }').then(
  ({ viewer }) => shell.setViewer(viewer),
  () => shell.setViewer({ anonymous: true }),
);
show();
