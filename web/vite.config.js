/** Builds the pages as one multi-page site; in development it forwards everything else to a running server. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const PAGES = ['watch', 'stage', 'studio'];
const SERVER = process.env.PLENARY_SERVER ?? 'http://127.0.0.1:8080';

/** Which page answers for a path, as the server does it. */
function pageOf(path) {
  if (path.startsWith('/e/')) return 'watch';
  return PAGES.find((page) => path.startsWith(`/${page}/`));
}

/** Serves `/e/…`, `/stage/…` and `/studio/…` from the right entry in development. */
function pages() {
  return {
    name: 'plenary-pages',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const page = pageOf(request.url);
        if (page) request.url = `/apps/${page}/index.html`;
        next();
      });
    },
  };
}

/** Puts a brotli and a gzip twin beside each text asset, so that the server compresses nothing. */
function compressedTwins() {
  return {
    name: 'plenary-compressed-twins',
    apply: 'build',
    writeBundle({ dir }) {
      for (const name of readdirSync(join(dir, 'assets'))) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const path = join(dir, 'assets', name);
        const plain = readFileSync(path);
        for (const [ending, compress] of [
          ['br', brotliCompressSync],
          ['gz', (bytes) => gzipSync(bytes, { level: 9 })],
        ]) {
          const twin = compress(plain);
          if (twin.length < plain.length) writeFileSync(`${path}.${ending}`, twin);
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), pages(), compressedTwins()],
  build: {
    target: 'es2022',
    // The policy allows no inline script, style or data: picture.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    rollupOptions: {
      input: Object.fromEntries(PAGES.map((page) => [page, `apps/${page}/index.html`])),
    },
  },
  server: {
    proxy: {
      '/api': { target: SERVER, ws: true },
      '/live': SERVER,
    },
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
  },
});
