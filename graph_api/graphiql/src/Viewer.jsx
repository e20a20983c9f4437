import { useEffect, useState } from 'react';

import { ask } from './fetcher.js';

/** Who the session cookie says is asking. A header of the editor's can still make one request someone else's. */
export function Viewer() {
  const [viewer, setViewer] = useState(null);
  useEffect(() => {
    ask('{ viewer { name roles } }').then(
      data => setViewer(data?.viewer ?? null),
      () => setViewer(null), // the API is not there yet: the first query run says so
    );
  }, []);

  const signedIn = viewer && viewer.name !== 'anonymous';
  return (
    <>
      <span className="brand">Meshweave</span>
      {signedIn && (
        <span className="viewer" title={`Roles: ${viewer.roles.join(', ')}`}>
          {viewer.name}
        </span>
      )}
      {viewer && !signedIn && (
        <a className="viewer" href="/sign-in">
          Sign in
        </a>
      )}
    </>
  );
}
