// What every page has: the header with search, navigation and sign-in, and the place for the page.
import { h, icon, replace } from '../lineage/dom.js';
import { ask } from './api.js';
import { domainLink, HOME, PREFIX, productLink, signInLink } from './links.js';

const FIND = `query Find($words: String!) {
  dataProducts(search: $words, first: 8) { nodes { urn name ownerTeam domain { name } } }
  domains(first: 1000) { nodes { name ownerTeam } }
}`;

/** Fills `host`; returns `main`, where pages go, and `setViewer`. */
export function createShell(host, go) {
  const main = h('main', { id: 'page', tabindex: -1 });
  const who = h('div.who');
  const inbox = h('a.nav', { href: `${HOME}/inbox`, 'aria-label': 'Inbox' }, icon('inbox'), h('span', {}, 'Inbox'));
  const header = h(
    'header.top',
    {},
    h('a.brand', { href: HOME, 'aria-label': 'Meshweave, home' }, h('img', { src: `${PREFIX}/graphiql/static/icon.svg`, alt: '', width: 22, height: 22 }), h('span', {}, 'Meshweave')),
    searchBox(go),
    h('nav', { 'aria-label': 'Pages' }, inbox, h('a.nav.roomy', { href: `${PREFIX}/graphiql` }, h('span', {}, 'GraphiQL'))),
    who,
    h('button.plain', { type: 'button', 'aria-label': 'Dark or light', title: 'Dark or light', onclick: toggleTheme }, icon('theme')),
  );
  // Without a fragment in the address, which would be an entry in the history.
  const skip = event => {
    event.preventDefault();
    main.focus();
  };
  host.replaceChildren(h('a.skip', { href: '#page', onclick: skip }, 'Skip to the page'), header, main);
  return { main, setViewer: viewer => replace(who, viewerParts(viewer)) };
}

function viewerParts(viewer) {
  if (!viewer) return [];
  if (viewer.anonymous) return [h('a.nav', { href: signInLink(), 'aria-label': 'Sign in' }, icon('person'), h('span', {}, 'Sign in'))];
  const signOut = async () => {
    await fetch(`${PREFIX}/session`, { method: 'DELETE', credentials: 'same-origin' });
    location.reload();
  };
  return [h('span.viewer', { title: `Roles: ${viewer.roles.join(', ')}` }, viewer.name), h('button.plain', { type: 'button', onclick: signOut }, 'Sign out')];
}

function toggleTheme() {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark' || (document.documentElement.dataset.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  localStorage.setItem('meshweave:explore:theme', document.documentElement.dataset.theme);
  dispatchEvent(new Event('themechange'));
}

export function restoreTheme() {
  const stored = localStorage.getItem('meshweave:explore:theme');
  if (stored) document.documentElement.dataset.theme = stored;
}

/** The combobox of the header: products and domains while typing, all results on Enter. */
function searchBox(go) {
  const list = h('ul', { id: 'found', role: 'listbox', 'aria-label': 'Found', hidden: true });
  const input = h('input', { type: 'search', role: 'combobox', 'aria-label': 'Search products and domains', 'aria-controls': 'found', 'aria-expanded': 'false', 'aria-autocomplete': 'list', placeholder: 'Search products and domains', autocomplete: 'off' });
  let timer = 0;
  let asked = null;
  let active = -1;
  const options = () => [...list.children];
  const close = () => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    active = -1;
  };
  const follow = option => {
    close();
    input.value = '';
    go(option.dataset.href);
  };
  const choose = next => {
    active = next;
    options().forEach((option, k) => option.setAttribute('aria-selected', String(k === active)));
    if (options()[active]) input.setAttribute('aria-activedescendant', options()[active].id);
    options()[active]?.scrollIntoView({ block: 'nearest' });
  };
  async function find() {
    asked?.abort();
    const words = input.value.trim();
    if (!words) return close();
    asked = new AbortController();
    try {
      const data = await ask(FIND, { words }, asked.signal);
      const domains = data.domains.nodes.filter(domain => domain.name.includes(words.toLowerCase())).slice(0, 4);
      const found = [
        ...domains.map(domain => ({ href: domainLink(domain.name), name: domain.name, under: `domain · ${domain.ownerTeam}` })),
        ...data.dataProducts.nodes.map(product => ({ href: productLink(product.urn), name: product.name, under: `${product.domain.name} · ${product.ownerTeam}` })),
      ];
      list.replaceChildren(...found.map((item, k) => h('li', { role: 'option', id: `found-${k}`, 'aria-selected': 'false', data: { href: item.href }, onpointerdown: event => event.preventDefault(), onclick: event => follow(event.currentTarget) }, h('b', {}, item.name), h('span', {}, item.under))));
      list.hidden = !found.length;
      input.setAttribute('aria-expanded', String(found.length > 0));
      active = -1;
    } catch (error) {
      if (error.name !== 'AbortError') close(); // the page itself says what is wrong
    }
  }
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(find, 120);
  });
  input.addEventListener('keydown', event => {
    if (event.key === 'ArrowDown') choose(Math.min(active + 1, options().length - 1));
    else if (event.key === 'ArrowUp') choose(Math.max(active - 1, 0));
    else if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && options()[active]) follow(options()[active]);
    else if (event.key === 'Enter') {
      close();
      go(`${HOME}?q=${encodeURIComponent(input.value.trim())}`);
    } else return;
    event.preventDefault();
  });
  input.addEventListener('blur', close);
  addEventListener('keydown', event => {
    if (event.key !== '/' || event.target.closest('input, textarea, select')) return;
    event.preventDefault();
    input.focus();
  });
  return h('div.search', { role: 'search' }, icon('search'), input, h('kbd', { 'aria-hidden': 'true' }, '/'), list);
}
