import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';

import { EXAMPLES } from './examples.js';

function Icon(props) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" {...props}>
      <path d="M12 6.5C10 4.8 7 4.5 3.5 4.5v13c3.5 0 6.5.3 8.5 2 2-1.7 5-2 8.5-2v-13c-3.5 0-6.5.3-8.5 2zm0 0v13" />
    </svg>
  );
}

function ExamplesPanel() {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL(state => state.queryEditor);

  const open = query => {
    addTab();
    queryEditor?.setValue(query);
  };

  return (
    <section aria-label="Examples" className="examples">
      <div className="examples-title">Examples</div>
      {EXAMPLES.map(({ name, description, query }) => (
        <button key={name} type="button" onClick={() => open(query)}>
          <strong>{name}</strong>
          <span>{description}</span>
        </button>
      ))}
    </section>
  );
}

export const EXAMPLES_PLUGIN = { title: 'Examples', icon: Icon, content: ExamplesPanel };
