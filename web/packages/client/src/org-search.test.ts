import type { Units } from '@plenary/api/types';
import { expect, test } from 'vitest';

import type { Answer } from './answer';
import { UnitSearch } from './org-search';
import { FakeTimers, settle } from './test-world';

function world() {
  const timers = new FakeTimers();
  const asked = new Map<string, (answer: Answer<Units>) => void>();
  const find = (text: string) =>
    new Promise<Answer<Units>>((answered) => void asked.set(text, answered));
  const search = new UnitSearch({ find }, () => undefined, timers);
  return { timers, asked, search };
}

function found(...codes: string[]): Answer<Units> {
  const counts = { units: 0, units_within: 0, members: 0, members_within: 0 };
  const unit = { name: '', kind: '', order: 0, state: 'open' as const, parent: null, ...counts };
  const units = codes.map((code) => ({ unit: { ...unit, code }, above: [] }));
  return { ok: { revision: 1, count: 9, members: 0, units, more: false } };
}

test('the server is asked once after a pause', () => {
  const { timers, asked, search } = world();
  for (const text of ['g', 'gu', ' gua ']) search.type(text);
  expect(search.search).toEqual({ at: 'asking', text: 'gua' });
  expect(timers.waiting.size).toBe(1);
  timers.ring();
  expect([...asked.keys()]).toEqual(['gua']);
});

test('an answer to what is not there any more is not shown', async () => {
  const { timers, asked, search } = world();
  search.type('old');
  timers.ring();
  search.type('new');
  timers.ring();
  asked.get('new')?.(found('N'));
  await settle();
  asked.get('old')?.(found('O'));
  await settle();
  expect(search.search).toMatchObject({ at: 'found', text: 'new' });
  search.type('gone');
  timers.ring();
  search.type('  ');
  asked.get('gone')?.(found('G'));
  await settle();
  expect(search.search).toEqual({ at: 'idle' });
});

test('Enter does not wait for the pause, and takes the first', async () => {
  const { asked, search, timers } = world();
  search.type('hq');
  const first = search.first();
  expect(timers.waiting.size).toBe(0);
  asked.get('hq')?.(found('A', 'B'));
  expect((await first)?.unit.code).toBe('A');
  search.type('nothing');
  const none = search.first();
  asked.get('nothing')?.(found());
  expect(await none).toBeNull();
});

test('a failure is told', async () => {
  const { asked, search, timers } = world();
  search.type('x');
  timers.ring();
  const problem = { status: 0, code: 'offline', detail: '' };
  asked.get('x')?.({ problem });
  await settle();
  expect(search.search).toEqual({ at: 'problem', text: 'x', problem });
});
