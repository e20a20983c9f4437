import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig } from 'vite';

// GraphiQL's style sheets carry their fonts as data: URIs, which `font-src 'self'` rightly refuses: make them files.
function fontsAsFiles() {
  const dataFont = /url\(["']?data:font\/(\w+);base64,([^"')]+)["']?\)/g;
  return {
    name: 'meshweave:fonts-as-files',
    generateBundle(_options, bundle) {
      for (const sheet of Object.values(bundle).filter(file => file.fileName.endsWith('.css'))) {
        sheet.source = String(sheet.source).replace(dataFont, (_match, extension, base64) => {
          const source = Buffer.from(base64, 'base64');
          const font = this.emitFile({ type: 'asset', name: `font.${extension}`, source });
          return `url(./${this.getFileName(font).split('/').pop()})`;
        });
      }
    },
  };
}

// Compressed once here, so that the server only picks a file; from the disk, since vite still edits chunks when
// `generateBundle` is over.
function compressed() {
  const brotli = source => promisify(brotliCompress)(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  const gz = source => promisify(gzip)(source, { level: 9 });
  return {
    name: 'meshweave:compressed',
    async writeBundle({ dir }, bundle) {
      const texts = Object.keys(bundle).filter(name => /\.(js|css|ttf)$/.test(name));
      await Promise.all(
        texts.map(async name => {
          const file = join(dir, name);
          const source = await readFile(file);
          await writeFile(`${file}.br`, await brotli(source));
          await writeFile(`${file}.gz`, await gz(source));
        }),
      );
    },
  };
}

export default defineConfig({
  base: '/graphiql/',
  // Scripts and styles find each other beside themselves, so that the page works below any path of a host; the server
  // puts that path into the page.
  experimental: {
    renderBuiltUrl: (_name, { hostType }) => (hostType === 'html' ? undefined : { relative: true }),
  },
  publicDir: false,
  esbuild: { jsx: 'automatic', legalComments: 'none' },
  // An asset inlined as data: would need the policy to allow data: in more places than images.
  build: {
    rollupOptions: {
      input: ['index.html', 'explore.html'],
      // One chunk that both pages share; GraphiQL loads it when its panel opens.
      output: { manualChunks: id => (/\/src\/lineage\/(?!worker)/.test(id) ? 'lineage' : undefined) },
    },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 5000,
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  plugins: [fontsAsFiles(), compressed()],
});
