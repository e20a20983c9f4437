// The inbox: what waits for the person signed in. Approve and reject are the only writes of the explorer.
import { h, icon, plural, replace } from '../lineage/dom.js';
import { lower, timeName } from '../lineage/words.js';
import { ask } from './api.js';
import { lineageLink, productLink, signInLink } from './links.js';
import { empty, finding, panel, statusTag } from './parts.js';

const NEAR = 'urn name status domain { name }';
const INBOX = `query Inbox {
  viewer {
    name anonymous roles domains
    inbox {
      approvals { id fromVersion toVersion reason openedBy openedAt deadline status approvals { domain decision } product { ${NEAR} } diff { changes { severity message } affectedConsumers { product { urn } } } }
      domains
      findings { message enforcement policy { name } waivedBy { expiresAt } product { ${NEAR} } }
      waivers { id policyName reason grantedBy expiresAt product { ${NEAR} } }
      deprecatedProviders { consumer { ${NEAR} } provider { ${NEAR} } }
    }
  }
}`;
const DECIDE = verb => `mutation Decide($id: ID!, $domain: String!, $note: String) {
  changeRequest${verb}(id: $id, domain: $domain, note: $note) {
    changeRequest { status }
    userErrors { message }
    violations { message policy { name } }
    warnings { message policy { name } }
  }
}`;

export async function inboxPage({ main, signal }) {
  const { viewer } = await ask(INBOX, {}, signal);
  main.className = 'inbox';
  if (viewer.anonymous) {
    replace(main, h('div.message', {}, h('h1', {}, 'Sign in to see what waits for you.'), h('a.button.primary', { href: signInLink() }, 'Sign in')));
    return 'Inbox';
  }
  const { inbox } = viewer;
  const total = inbox.approvals.length + inbox.findings.length + inbox.waivers.length + inbox.deprecatedProviders.length;
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
        panel(`Findings of my products (${inbox.findings.length})`, inbox.findings.length ? h('ul.findings', {}, inbox.findings.slice(0, 200).map(finding)) : empty('None: your products keep every policy.')),
      ),
      h(
        'div',
        {},
        panel(`Waivers that end (${inbox.waivers.length})`, inbox.waivers.length ? h('ul.requests', {}, inbox.waivers.map(waiver => h('li', {}, h('strong', {}, waiver.policyName), h('span.tag.warn', {}, `ends ${timeName(waiver.expiresAt)}`), h('a.of', { href: productLink(waiver.product.urn) }, `${waiver.product.domain.name} · ${waiver.product.name}`), h('p', {}, waiver.reason)))) : empty('None ends in the next 30 days.')),
        panel(`Deprecated providers I use (${inbox.deprecatedProviders.length})`, inbox.deprecatedProviders.length ? h('ul.rows', {}, inbox.deprecatedProviders.map(({ consumer, provider }) => h('li.row', {}, h('div', {}, h('a.name', { href: productLink(provider.urn) }, `${provider.domain.name} · ${provider.name}`), h('span.under', {}, 'used by ', h('a', { href: productLink(consumer.urn) }, `${consumer.domain.name} · ${consumer.name}`))), statusTag(provider.status)))) : empty('None.')),
      ),
    ),
  );
  return 'Inbox';
}

function approval(request, mine) {
  const domains = request.approvals.filter(({ domain, decision }) => decision === 'PENDING' && (mine === null || mine.includes(domain))).map(({ domain }) => domain);
  const note = h('input', { type: 'text', 'aria-label': `Note on ${request.product.name} ${request.toVersion}`, placeholder: 'Note (optional)' });
  const outcome = h('div', { role: 'status' });
  const decide = async (verb, domain) => {
    replace(outcome, h('p.under', {}, 'Sending…'));
    try {
      const { [`changeRequest${verb}`]: payload } = await ask(DECIDE(verb), { id: request.id, domain, note: note.value || null });
      const problems = [...payload.userErrors.map(error => error.message), ...payload.violations.map(violation => `${violation.policy.name}: ${violation.message}`)];
      const warnings = payload.warnings.map(warning => `${warning.policy.name}: ${warning.message}`);
      if (problems.length) return replace(outcome, problems.map(text => h('p.problem', {}, icon('alert'), text)));
      buttons.remove();
      return replace(outcome, h('p.done', {}, icon('check'), `${verb === 'Approve' ? 'Approved' : 'Rejected'} for ${domain}. The request is ${lower(payload.changeRequest.status)}.`), warnings.map(text => h('p.under', {}, text)));
    } catch (error) {
      return replace(outcome, h('p.problem', {}, icon('alert'), error.message));
    }
  };
  const buttons = h('div.decide', {}, note, domains.map(domain => [h('button.button.primary', { type: 'button', onclick: () => decide('Approve', domain) }, `Approve for ${domain}`), h('button.button', { type: 'button', onclick: () => decide('Reject', domain) }, `Reject for ${domain}`)]));
  return h(
    'li',
    {},
    h('strong', {}, h('a', { href: productLink(request.product.urn) }, `${request.product.domain.name} · ${request.product.name}`), ` ${request.fromVersion} → ${request.toVersion}`),
    h('span.tag.warn', {}, `answer until ${timeName(request.deadline)}`),
    h('p', {}, request.reason),
    h('ul.changes', {}, request.diff.changes.map(change => h('li', {}, h(`span.tag${change.severity === 'BREAKING' ? '.bad' : '.plain'}`, {}, lower(change.severity)), ' ', change.message))),
    h('p.under', {}, `Asked by ${request.openedBy} on ${timeName(request.openedAt)} · breaks ${plural(request.diff.affectedConsumers.length, 'consumer')} · `, h('a', { href: lineageLink(request.product.urn, { mode: 'impact', change: `request:${request.id}` }) }, 'show on the graph')),
    buttons,
    outcome,
  );
}
