// The inbox: what waits for the person signed in. Approve and reject are the only writes of the explorer.
import { h, icon, plural, replace } from '../lineage/dom.js';
import { lower, timeName } from '../lineage/words.js';
import { ask } from './api.js';
import { graphiqlLink, lineageLink, productLink, signInLink } from './links.js';
import { ENDING, empty, ending, findingItems, panel, statusTag } from './parts.js';

const NEAR = 'urn name status domain { name }';
const INBOX = `query Inbox {
  viewer {
    name anonymous roles domains
    inbox {
      approvals { id fromVersion toVersion reason openedBy openedAt deadline status approvals { domain decision decidedBy note } product { ${NEAR} } diff { changes { severity message } affectedConsumers { product { urn } } } }
      domains
      findings { message enforcement policy { name } waivedBy { expiresAt } product { ${NEAR} } }
      waivers { id policyName reason grantedBy expiresAt product { ${NEAR} } }
      deprecatedProviders { consumer { ${NEAR} } provider { ${NEAR} ${ENDING} } }
    }
  }
}`;
const DECIDE = verb => `mutation Decide($id: ID!, $domain: String!, $note: String) {
  changeRequest${verb}(id: $id, domain: $domain, note: $note) {
    changeRequest { status approvals { domain decision decidedBy note } }
    userErrors { message }
    violations { message policy { name } }
    warnings { message policy { name } }
  }
}`;

const PUBLISH = `mutation Publish($id: ID!) {
  changeRequestPublish(id: $id, dryRun: true) {
    contract { version status }
    userErrors { message }
    violations { message policy { name } }
    warnings { message policy { name } }
  }
}`;
const FINDINGS = 200; // that are listed

export async function inboxPage({ main, signal }) {
  const { viewer } = await ask(INBOX, {}, signal);
  main.className = 'inbox';
  if (viewer.anonymous) {
    replace(main, h('div.message', {}, h('h1', {}, 'Sign in to see what waits for you.'), h('a.button.primary', { href: signInLink() }, 'Sign in')));
    return 'Inbox';
  }
  const { inbox } = viewer;
  const providers = byProvider(inbox.deprecatedProviders);
  const total = inbox.approvals.length + inbox.findings.length + inbox.waivers.length + providers.length;
  const whose = inbox.domains === null ? 'every domain' : inbox.domains.join(', ') || 'no domain';
  replace(
    main,
    h('div.heading', {}, h('h1', {}, 'Inbox'), h('p.lead', {}, total ? `${plural(total, 'thing')} ${total === 1 ? 'waits' : 'wait'} for ${viewer.name}, who answers for ${whose}.` : `Nothing waits for ${viewer.name}, who answers for ${whose}.`)),
    h(
      'div.columns',
      {},
      h(
        'div',
        {},
        panel(`Approvals (${inbox.approvals.length})`, inbox.approvals.length ? h('ul.requests', {}, inbox.approvals.map(request => approval(request, inbox.domains))) : empty('No contract change waits for your answer.')),
        panel(`Findings of my products (${inbox.findings.length})`, findings(inbox.findings)),
      ),
      h(
        'div',
        {},
        panel(`Waivers that end (${inbox.waivers.length})`, inbox.waivers.length ? h('ul.requests', {}, inbox.waivers.map(waiver)) : empty('None ends in the next 30 days.')),
        panel(`Deprecated providers I use (${providers.length})`, providers.length ? h('ul.requests', {}, providers.map(deprecated)) : empty('None.')),
      ),
    ),
  );
  return 'Inbox';
}

const productName = product => `${product.domain.name} · ${product.name}`;
const productAnchor = product => h('a', { href: productLink(product.urn) }, productName(product));

/** One entry for each provider: `{ provider, consumers }`. */
function byProvider(dependencies) {
  const found = new Map();
  for (const { provider, consumer } of dependencies) {
    const entry = found.get(provider.urn) ?? { provider, consumers: [] };
    entry.consumers.push(consumer);
    found.set(provider.urn, entry);
  }
  return [...found.values()];
}

const deprecated = ({ provider, consumers }) =>
  h('li', {}, h('strong', {}, productAnchor(provider)), statusTag(provider.status), ending(provider), h('p.under', {}, 'used by ', consumers.map((consumer, k) => [k ? ', ' : '', productAnchor(consumer)])));

const waiver = ({ policyName, expiresAt, product, reason, grantedBy }) =>
  h('li', {}, h('strong', {}, policyName), h('span.tag.warn', {}, `ends ${timeName(expiresAt)}`), productAnchor(product), h('p', {}, reason), h('p.under', {}, `granted by ${grantedBy}`));

function findings(list) {
  if (!list.length) return empty('None: your products keep every policy.');
  const more = list.length - FINDINGS;
  return [h('ul.findings', {}, findingItems(list.slice(0, FINDINGS))), more > 0 ? h('p.under', {}, `and ${more.toLocaleString('en')} more`) : null];
}

function approval(request, mine) {
  const waiting = request.approvals.filter(({ domain, decision }) => decision === 'PENDING' && (mine === null || mine.includes(domain))).map(({ domain }) => domain);
  const about = `${request.product.name} ${request.toVersion}`;
  const note = h('input', { type: 'text', 'aria-label': `Note on ${about}`, placeholder: 'Note (optional)' });
  const choice = h('select', { 'aria-label': `Domain that answers on ${about}`, onchange: () => drawControls() });
  const controls = h('div.decide');
  const outcome = h('div', { role: 'status' });
  const others = h('p.under');

  function drawControls() {
    const domain = waiting.includes(choice.value) ? choice.value : waiting[0];
    if (!domain) return controls.remove();
    choice.replaceChildren(...waiting.map(name => h('option', { value: name, selected: name === domain }, name)));
    const focused = controls.contains(document.activeElement) ? document.activeElement : null;
    replace(
      controls,
      waiting.length > 1 ? choice : null,
      note,
      h('button.button.primary', { type: 'button', onclick: () => decide('Approve', domain) }, `Approve for ${domain}`),
      h('button.button', { type: 'button', onclick: () => decide('Reject', domain) }, `Reject for ${domain}`),
    );
    if (focused?.isConnected) focused.focus();
  }

  function drawOthers() {
    replace(others, 'Answers: ', request.approvals.map(({ domain, decision, decidedBy, note: said }, k) => [k ? ' · ' : '', `${domain} ${decision === 'PENDING' ? 'has yet to answer' : lower(decision)}`, decidedBy ? ` by ${decidedBy}` : '', said ? ` (“${said}”)` : '']));
  }

  async function decide(verb, domain) {
    replace(outcome, h('p.under', {}, 'Sending…'));
    const sent = note.value || null;
    for (const button of controls.querySelectorAll('button')) button.disabled = true;
    try {
      const { [`changeRequest${verb}`]: payload } = await ask(DECIDE(verb), { id: request.id, domain, note: sent });
      const problems = [...payload.userErrors.map(error => error.message), ...payload.violations.map(violation => `${violation.policy.name}: ${violation.message}`)];
      if (problems.length) {
        drawControls();
        return replace(outcome, problems.map(text => h('p.problem', {}, icon('alert'), ` ${text}`)));
      }
      const { status, approvals } = payload.changeRequest;
      request.approvals = approvals;
      waiting.splice(waiting.indexOf(domain), 1);
      if (status !== 'PENDING') waiting.length = 0;
      note.value = '';
      drawControls();
      drawOthers();
      return replace(outcome, h('p.done', {}, icon('check'), ` ${verb === 'Approve' ? 'Approved' : 'Rejected'} for ${domain}. The request is ${lower(status)}.`), policiesSay(payload), status === 'APPROVED' ? h('p.under', {}, 'Every domain agrees: its owner can publish it. ', h('a', { href: graphiqlLink(PUBLISH, { id: request.id }) }, 'Try the publication in GraphiQL')) : null);
    } catch (error) {
      drawControls();
      return replace(outcome, h('p.problem', {}, icon('alert'), ` ${error.message}`));
    }
  }

  drawControls();
  drawOthers();
  return h(
    'li',
    {},
    h('strong', {}, productAnchor(request.product), ` ${request.fromVersion} → ${request.toVersion}`),
    h('span.tag.warn', {}, `answer until ${timeName(request.deadline)}`),
    h('p', {}, request.reason),
    h('ul.changes', {}, request.diff.changes.map(change => h('li', {}, h(`span.tag${change.severity === 'BREAKING' ? '.bad' : '.plain'}`, {}, lower(change.severity)), ' ', change.message))),
    h('p.under', {}, `Asked by ${request.openedBy} on ${timeName(request.openedAt)} · breaks ${plural(request.diff.affectedConsumers.length, 'consumer')} · `, h('a', { href: lineageLink(request.product.urn, { mode: 'impact', change: `request:${request.id}` }) }, 'show on the graph')),
    others,
    controls,
    outcome,
  );
}

// A refused answer lists its violations instead.
const policiesSay = ({ warnings }) =>
  warnings.length ? warnings.map(({ policy, message }) => h('p.under', {}, `${policy.name}: ${message}`)) : h('p.under', {}, 'No policy objects to the answer; they judge the contract when it is published.');
