// The token travels in the fragment, which no server, log or referrer ever sees, and leaves the address bar at once.
const form = document.getElementById('sign-in');
const field = document.getElementById('token');
// The service may lie below a path of its host: this file is at <prefix>/graphiql/static/sign-in.js.
const address = path => new URL(`../../${path}`, import.meta.url);
const problem = document.getElementById('problem');

function takeTokenFromAddress() {
  const token = decodeURIComponent(location.hash.slice(1)).replace(/^token=/, '');
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}

function tell(message) {
  problem.textContent = message;
  problem.hidden = false;
  field.focus();
}

// The page that sent here, if it is one of the explorer's: never an address of another site.
function nextPage() {
  const next = new URLSearchParams(location.search).get('next') ?? '';
  return address(/^\/explore(?:[/?]|$)/.test(next) ? next.slice(1) : 'graphiql');
}

async function signIn(token) {
  problem.hidden = true;
  const response = await fetch(address('session'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    credentials: 'same-origin',
    body: JSON.stringify({ token }),
  }).catch(() => null);
  if (response?.ok) {
    location.replace(nextPage());
  } else if (response?.status === 401) {
    tell('This token is not valid here, or no longer.');
  } else {
    tell(response ? `The server answered ${response.status}.` : 'The server does not answer. Is it still running?');
  }
}

form.addEventListener('submit', event => {
  event.preventDefault();
  signIn(field.value.trim());
});

function signInFromAddress() {
  const token = takeTokenFromAddress();
  if (token) {
    signIn(token);
  }
}

// Another link opened in this tab changes the fragment alone, and loads nothing.
addEventListener('hashchange', signInFromAddress);
signInFromAddress();
