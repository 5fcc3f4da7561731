/**
 * Checks that the watch page is small: `node scripts/size.mjs [FOLDER]` on a folder that
 * `scripts/build.mjs` wrote. Prints what it found and fails beyond the limits.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const OWN_SCRIPT_BYTES_MAX = 25_000;
/** The page, what it names, the event and the player. */
const REQUESTS_MAX = 5;

const folder = process.argv[2] ?? 'dist';
const html = readFileSync(join(folder, 'apps/watch/index.html'), 'utf8');
const zipped = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
const named = (pattern) => [...html.matchAll(pattern)].map((match) => match[1]);

const scripts = named(/(?:<script[^>]* src|rel="modulepreload"[^>]* href)="\/([^"]+)"/g);
const styles = named(/rel="stylesheet"[^>]* href="\/([^"]+)"/g);
const own = scripts.reduce((sum, name) => sum + zipped(name), 0);
const requests = 1 + scripts.length + styles.length + 1 + 1;

for (const name of [...scripts, ...styles]) console.log(`${zipped(name)} bytes gzipped  ${name}`);
console.log(`own script ${own} of ${OWN_SCRIPT_BYTES_MAX} bytes; ${requests} of ${REQUESTS_MAX} requests`);
if (OWN_SCRIPT_BYTES_MAX < own || REQUESTS_MAX < requests) process.exit(1);
