const FILES = import.meta.glob('../examples/*.graphql', { query: '?raw', import: 'default', eager: true });

const OPERATION = /^(?:query|mutation|subscription)\s+(\w+)/m;

/** The first comment of an example says what it shows. */
function describe(query) {
  const lines = query.split('\n');
  const end = lines.findIndex(line => !line.startsWith('#'));
  return lines
    .slice(0, end)
    .map(line => line.replace(/^#\s?/, ''))
    .join(' ');
}

/** The examples in the order of their file names: `{ name, description, query }`. */
export const EXAMPLES = Object.keys(FILES)
  .sort()
  .map(path => ({
    name: OPERATION.exec(FILES[path])[1],
    description: describe(FILES[path]),
    query: FILES[path],
  }));
