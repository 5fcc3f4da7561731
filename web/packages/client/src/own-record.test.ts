import type { OwnRecord } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { askOwnRecord, keptOf } from './own-record';

const RECORD: OwnRecord = {
  name: '王芳',
  code: 'A1',
  status: 'late',
  present: [{ from_ms: 1_000, until_ms: 61_000 }],
  excuse: null,
  sealed: false,
  kept_days: 90,
  deleted_ms: null,
};

test('a record is asked for by the event, and shown only to whoever has come in', async () => {
  const asked: string[] = [];
  const answers = (status: number, body: unknown) => (path: string) => {
    asked.push(path);
    return Promise.resolve(Response.json(body, { status }));
  };
  expect(await askOwnRecord('主 日', answers(200, RECORD))).toEqual({ at: 'shown', record: RECORD });
  expect(asked).toEqual(['/api/events/%E4%B8%BB%20%E6%97%A5/mine']);
  expect(await askOwnRecord('day', answers(401, { code: 'not_joined' }))).toEqual({ at: 'not_in' });
  expect(await askOwnRecord('day', answers(404, { code: 'event_unknown' }))).toMatchObject({
    problem: { code: 'event_unknown' },
  });
  const offline = await askOwnRecord('day', () => Promise.reject(new TypeError('no network')));
  expect(offline).toMatchObject({ problem: { code: 'offline' } });
});

test('how long a record is kept is a day as soon as there is one', () => {
  expect(keptOf(RECORD)).toEqual({ how: 'days', days: 90 });
  expect(keptOf({ ...RECORD, deleted_ms: 5 })).toEqual({ how: 'until', ms: 5 });
  expect(keptOf({ ...RECORD, kept_days: null })).toEqual({ how: 'for_ever' });
});
