import { useEffect, useRef, useState, useSyncExternalStore } from 'react';

import { PREFIX } from './fetcher.js';
import { lineageAnswers } from './lineage_answers.js';

function Icon(props) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" {...props}>
      <path d="M3 4.5h6v5H3zm12 0h6v5h-6zm0 10h6v5h-6zM9 7h6M9 7c5 0 1 10 6 10" />
    </svg>
  );
}

function LineagePanel() {
  const host = useRef(null);
  const [panel, setPanel] = useState(null);
  const [problem, setProblem] = useState(null);
  const answer = useSyncExternalStore(lineageAnswers.subscribe, lineageAnswers.latest);

  useEffect(() => {
    let opened = null;
    let closed = false;
    import('./lineage_panel.js').then(
      ({ openPanel }) => {
        if (closed) return;
        opened = openPanel(host.current, PREFIX);
        setPanel(opened);
      },
      error => setProblem(error.message),
    );
    return () => {
      closed = true;
      opened?.close();
    };
  }, []);
  useEffect(() => {
    panel?.show(answer);
  }, [panel, answer]);

  return (
    <section aria-label="Lineage" className="lineage-panel">
      <div ref={host}>{problem}</div>
    </section>
  );
}

export const LINEAGE_PLUGIN = { title: 'Lineage', icon: Icon, content: LineagePanel };
