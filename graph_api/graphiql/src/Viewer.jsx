import { useEffect, useState } from 'react';

import { ask, PREFIX } from './fetcher.js';

const NOBODY = { anonymous: true };

/** Who the session cookie says is asking. A header of the editor's can still make one request someone else's. */
export function Viewer() {
  const [viewer, setViewer] = useState(null);
  useEffect(() => {
    ask('{ viewer { name anonymous roles } }').then(
      data => setViewer(data?.viewer ?? NOBODY),
      () => setViewer(NOBODY), // the first query run says what is wrong
    );
  }, []);

  return (
    <>
      <span className="brand">Meshweave</span>
      {viewer?.anonymous === false && <SignedIn {...viewer} />}
      {viewer?.anonymous && (
        <a className="viewer" href={`${PREFIX}/sign-in`}>
          Sign in
        </a>
      )}
    </>
  );
}

function SignedIn({ name, roles }) {
  const signOut = async () => {
    await fetch(`${PREFIX}/session`, { method: 'DELETE', credentials: 'same-origin' });
    location.reload();
  };
  return (
    <>
      <span className="viewer" title={`Roles: ${roles.join(', ')}`}>
        {name}
      </span>
      <button type="button" className="sign-out" onClick={signOut}>
        Sign out
      </button>
    </>
  );
}
