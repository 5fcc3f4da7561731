/**
 * How pages are built (`scripts/build.mjs` says which) and tested. In development everything that
 * is not a page comes from a running server.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { clip } from './scripts/clip.mjs';

const PAGES = ['watch', 'join', 'stage', 'studio', 'console', 'attendance', 'hall'];
const SERVER = process.env.PLENARY_SERVER ?? 'http://127.0.0.1:8080';

/** Which page answers for a path, as the server does it. */
function pageOf(path) {
  if (/^\/e\/[^/]+\/join/.test(path)) return 'join';
  if (/^\/e\/[^/]+\/attendance/.test(path)) return 'attendance';
  if (path.startsWith('/e/')) return 'watch';
  if (/^\/org(?:[?#]|$)/.test(path)) return 'console';
  return PAGES.find((page) => path.startsWith(`/${page}/`));
}

/** Serves `/e/…`, `/stage/…`, `/studio/…` and `/org` from the right entry in development. */
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

export default defineConfig({
  plugins: [svelte(), pages(), clip()],
  build: {
    target: 'es2022',
    // The policy allows no inline script, style or data: picture.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // hls.js alone is this large.
    chunkSizeWarningLimit: 700,
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
