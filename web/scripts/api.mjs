/**
 * Writes `packages/api/src/schema.gen.ts` from the committed `packages/api/openapi.json`:
 * `node scripts/api.mjs`. With `--check` it writes nothing and fails when the file is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import openapiTS, { astToString } from 'openapi-typescript';

const description = new URL('../packages/api/openapi.json', import.meta.url);
const schema = new URL('../packages/api/src/schema.gen.ts', import.meta.url);

const types = astToString(await openapiTS(description));
const text = `/** Generated from openapi.json by \`npm run api\`; do not edit. */\n\n${types}`;
if (!process.argv.includes('--check')) writeFileSync(schema, text);
else if (readFileSync(schema, 'utf8') !== text) {
  console.error('schema.gen.ts does not belong to openapi.json: npm run api');
  process.exit(1);
}
