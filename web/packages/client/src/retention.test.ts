import { expect, test } from 'vitest';

import { Notices } from './notices';
import { daysOf, DAYS_MAX, RetentionDesk } from './retention';
import { FakeTimers } from './test-world';

/** A server that keeps the setting; `refusing` says why it does not. */
function opened() {
  const server = { days: null as number | null, refusing: null as string | null, lost: 0 };
  const fetch = (_: string, init?: RequestInit) => {
    const code = server.refusing;
    if (code !== null) return Promise.resolve(Response.json({ status: 400, code, detail: '' }, { status: 400 }));
    if (init?.method === 'PUT') server.days = (JSON.parse(init.body as string) as { days: number | null }).days;
    return Promise.resolve(Response.json({ days: server.days }));
  };
  const notices = new Notices(() => undefined, new FakeTimers());
  const desk = new RetentionDesk(notices, () => undefined, () => (server.lost += 1), fetch);
  return { server, notices, desk };
}

test('an administrator sets how long records are kept, and takes it back', async () => {
  const { server, notices, desk } = opened();
  await desk.load();
  expect(desk.view).toEqual({ at: 'shown', days: null });
  expect(await desk.keep(90, 'Retention')).toBeNull();
  expect([server.days, desk.view]).toEqual([90, { at: 'shown', days: 90 }]);
  expect(notices.notice).toMatchObject({ did: 'retention_set', name: 'Retention', undo: 'offered' });
  await notices.undo();
  expect([server.days, desk.view]).toEqual([null, { at: 'shown', days: null }]);
});

test('what is refused changes nothing, and a session that is over is told', async () => {
  const { server, notices, desk } = opened();
  await desk.load();
  server.refusing = 'retention_bad';
  expect(await desk.keep(5, 'Retention')).toMatchObject({ code: 'retention_bad' });
  expect([desk.view, notices.notice.kind, server.lost]).toEqual([{ at: 'shown', days: null }, 'none', 0]);
  server.refusing = 'not_signed_in';
  await desk.load();
  expect([desk.view.at, server.lost]).toEqual(['problem', 1]);
});

test('days are whole numbers as large as the server takes', () => {
  expect([daysOf('365'), daysOf(30), daysOf(DAYS_MAX)]).toEqual([365, 30, DAYS_MAX]);
  for (const none of ['', '0', '-1', '1.5', '1e3', 'x', null, DAYS_MAX + 1]) expect(daysOf(none)).toBeNull();
});
