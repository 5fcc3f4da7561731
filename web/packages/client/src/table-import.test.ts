import { apiOver } from '@plenary/api/client';
import { expect, test } from 'vitest';

import { OrgRequests } from './org-requests';
import { TABLE_FILE_BYTES_MAX, TableImport } from './table-import';

const PREVIEW = { rows: 2, revision: 1, subject: 'units', counts: {}, faults: { count: 0, listed: [] }, shown: [] };
const READING = { state: 'reading', rows: 1 };
const READY = { state: 'ready', preview: PREVIEW };
const FILE = new Blob(['code,name,parent\n']);

type Told = { status: number; body: unknown };

/** A server that tells the progress of an import step by step, and what it was asked. */
function opened(steps: unknown[], applied: Told = { status: 200, body: { written: 2 } }) {
  const asked: string[] = [];
  const api = apiOver(async (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}${search}`);
    if (request.method === 'DELETE') return new Response(null, { status: 204 });
    if (pathname.endsWith('/apply')) return Response.json(applied.body, { status: applied.status });
    if (request.method === 'POST') asked.push(await request.text());
    const progress = steps.shift();
    if (progress === undefined) return Response.json({ status: 404, code: 'import_unknown', detail: '' }, { status: 404 });
    return Response.json({ id: 'import_1', table: 'units', progress });
  });
  const seen: string[] = [];
  const timers = { setTimeout: (run: () => void) => (queueMicrotask(run), 0), clearTimeout: () => undefined };
  const tables: TableImport = new TableImport(new OrgRequests(api), () => seen.push(tables.view.at), () => seen.push('applied'), timers);
  return { asked, seen, tables };
}

test('a table is sent as it is, read, looked at and carried out', async () => {
  const { asked, seen, tables } = opened([READING, READING, READY]);
  await tables.start('units', FILE, 'units.csv');
  expect(seen).toEqual(['sending', 'reading', 'reading', 'ready']);
  expect(asked.slice(0, 2)).toEqual(['POST /api/org/imports?table=units', await FILE.text()]);
  await tables.apply('close');
  expect(tables.view).toMatchObject({ at: 'done', written: 2, name: 'units.csv' });
  expect(seen.slice(4)).toEqual(['applying', 'applied', 'done']);
});

test('what is refused is said, and another file can be chosen', async () => {
  const refused = { state: 'refused', code: 'old_workbook', detail: 'Save it.' };
  const { tables } = opened([READING, refused]);
  await tables.start('units', FILE, 'old.xls');
  expect(tables.view).toEqual({ at: 'choosing', problem: { status: 422, code: 'old_workbook', detail: 'Save it.' } });
  const huge = { size: TABLE_FILE_BYTES_MAX + 1 } as Blob;
  await tables.start('units', huge, 'huge.csv');
  expect(tables.view).toMatchObject({ at: 'choosing', problem: { code: 'file_too_large' } });
});

test('a preview that does not hold any more leads back to the choice of a file', async () => {
  const changed = { status: 409, code: 'organisation_changed', detail: '' };
  const { tables } = opened([READY], { status: 409, body: changed });
  await tables.start('units', FILE, 'units.csv');
  await tables.apply('keep');
  expect(tables.view).toEqual({ at: 'choosing', problem: changed });
});

test('an import that is given up is forgotten on the server, and its answers are nothing', async () => {
  const { asked, tables } = opened([READING, READING, READING, READY]);
  const started = tables.start('units', FILE, 'units.csv');
  while (tables.view.at !== 'reading') await Promise.resolve();
  await tables.giveUp();
  await started;
  expect(tables.view).toEqual({ at: 'choosing', problem: null });
  expect(asked.at(-1)).toBe('DELETE /api/org/imports/import_1');
});
