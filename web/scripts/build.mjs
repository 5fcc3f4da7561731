/**
 * Builds each page by itself into one folder, so that a page loads one script and one style sheet.
 * `node scripts/build.mjs [FOLDER]`; the folder is emptied first.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { build } from 'vite';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGES = ['watch', 'join', 'stage', 'studio', 'console', 'attendance', 'hall'];

/** Puts a brotli and a gzip twin beside each text asset, so that the server compresses nothing. */
function writeCompressedTwins(folder) {
  const compressors = { br: brotliCompressSync, gz: (bytes) => gzipSync(bytes, { level: 9 }) };
  for (const name of readdirSync(folder)) {
    if (!/\.(js|css|svg)$/.test(name)) continue;
    const plain = readFileSync(join(folder, name));
    for (const [ending, compress] of Object.entries(compressors)) {
      const twin = compress(plain);
      if (twin.length < plain.length) writeFileSync(join(folder, `${name}.${ending}`), twin);
    }
  }
}

const outDir = resolve(process.argv[2] ?? join(web, 'dist'));
rmSync(outDir, { recursive: true, force: true });
for (const page of PAGES) {
  await build({
    root: web,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: false,
      rollupOptions: { input: { [page]: join(web, `apps/${page}/index.html`) } },
    },
  });
}
writeCompressedTwins(join(outDir, 'assets'));
