import './workers.js';
import '@graphiql/react/font/roboto.css';
import '@graphiql/react/font/fira-code.css';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './main.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { EXAMPLES } from './examples.js';
import { EXAMPLES_PLUGIN } from './ExamplesPanel.jsx';
import { fetcher } from './fetcher.js';
import { LINEAGE_PLUGIN } from './LineagePanel.jsx';
import { takeSharedQuery } from './shared_query.js';
import { storage } from './storage.js';
import { Viewer } from './Viewer.jsx';

const shared = takeSharedQuery();
const PLUGINS = [EXAMPLES_PLUGIN, LINEAGE_PLUGIN, explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    defaultEditorToolsVisibility={false}
    defaultTabs={[...(shared ? [shared] : []), ...EXAMPLES.map(({ query }) => ({ query }))]}
    fetcher={fetcher}
    {...(shared && { initialQuery: shared.query, initialVariables: shared.variables })}
    plugins={PLUGINS}
    schemaDescription
    storage={storage}
  >
    <GraphiQL.Logo>
      <Viewer />
    </GraphiQL.Logo>
  </GraphiQL>,
);
