/**
 * Puts the test clip beside the pages, under a name that changes with it, so that browsers and
 * caches may keep it for ever. `../../scripts/check-clip` makes the clip.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../clip');
const TYPES = { m3u8: 'application/vnd.apple.mpegurl', mp4: 'video/mp4', m4s: 'video/mp4' };

/** The files of the clip by the path that they are served at. */
function clipFiles() {
  const names = readdirSync(FOLDER).filter((name) => name.split('.').at(-1) in TYPES).sort();
  const files = names.map((name) => [name, readFileSync(join(FOLDER, name))]);
  const hash = createHash('sha256');
  for (const [name, bytes] of files) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  const place = `assets/clip-${hash.digest('hex').slice(0, 8)}`;
  return { place, files: new Map(files.map(([name, bytes]) => [`${place}/${name}`, bytes])) };
}

/** Tells the door's page where the clip is, and brings it along with that page. */
export function clip() {
  const { place, files } = clipFiles();
  return {
    name: 'plenary-clip',
    config: () => ({ define: { TEST_CLIP: JSON.stringify(`/${place}/index.m3u8`) } }),
    generateBundle(_options, bundle) {
      if (!Object.values(bundle).some(({ name }) => name === 'join')) return;
      for (const [fileName, source] of files) this.emitFile({ type: 'asset', fileName, source });
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = request.url.split('?')[0].slice(1);
        const bytes = files.get(path);
        if (!bytes) return next();
        response.setHeader('content-type', TYPES[path.split('.').at(-1)]);
        response.setHeader('cache-control', 'public, max-age=31536000, immutable');
        response.end(bytes);
      });
    },
  };
}
