import { expect, test } from 'vitest';

import { EVERY_MS, foundIn, type Hall, HallDesk, padAfter, tokenOf } from './hall';
import { FakeTimers } from './test-world';

/** A server with one hall, as docs/protocol.md tells of it. */
class FakeHall {
  hall: Hall = {
    event: { slug: 'day', title: 'Day' },
    unit: '天河支公司',
    name: '三楼会议室',
    heads: null,
    heads_ms: null,
    qr: { size: 33, path: 'M0 0h7v7h-7z' },
    members: [
      { code: 'A1', name: '王芳', here: false, in_hall: false },
      { code: 'A2', name: '李强', here: true, in_hall: false },
    ],
  };
  offline = false;

  readonly fetch = (path: string, init?: RequestInit): Promise<Response> => {
    if (this.offline) return Promise.reject(new TypeError('no network'));
    const [, , , token, what, code] = path.split('/');
    const no = (status: number, code: string) =>
      Promise.resolve(Response.json({ status, code, detail: '' }, { status }));
    if (token !== 'right') return no(404, 'link_unknown');
    if (init?.method !== 'PUT') return Promise.resolve(Response.json(this.hall));
    const body = JSON.parse(init.body as string) as { count: number; present: boolean };
    if (what === 'heads') {
      if (body.count < 0) return no(422, 'count_bad');
      this.hall = { ...this.hall, heads: body.count, heads_ms: 1_000 };
    } else {
      const members = this.hall.members.map((one) =>
        one.code === code ? { ...one, in_hall: body.present, here: body.present } : one,
      );
      this.hall = { ...this.hall, members };
    }
    return Promise.resolve(new Response(null, { status: 204 }));
  };
}

function world(token = 'right') {
  const timers = new FakeTimers();
  const server = new FakeHall();
  const desk = new HallDesk(token, () => undefined, { timers }, server.fetch);
  const hall = () => {
    const { state } = desk.view;
    if (state.at !== 'open') throw new Error(`the hall is ${state.at}`);
    return state.hall;
  };
  return { timers, server, desk, hall };
}

test('heads are counted and members ticked off, and taken back', async () => {
  const { desk, hall } = world();
  await desk.look();
  expect(hall().heads).toBeNull();
  expect(await desk.count(46)).toBe(true);
  expect(hall()).toMatchObject({ heads: 46, heads_ms: 1_000 });
  await desk.tick('A1', true);
  expect(hall().members[0]).toMatchObject({ in_hall: true });
  await desk.tick('A1', false);
  expect(hall().members[0]).toMatchObject({ in_hall: false });
  expect(desk.view.sending.size).toBe(0);
});

test('what was refused changes nothing and says why, until something is done', async () => {
  const { desk, hall } = world();
  await desk.look();
  expect(await desk.count(-1)).toBe(false);
  expect(desk.view.refused).toMatchObject({ code: 'count_bad' });
  expect(hall().heads).toBeNull();
  await desk.count(2);
  expect(desk.view.refused).toBeNull();
});

test('two quick taps on one name are one', async () => {
  const { desk, hall } = world();
  await desk.look();
  await Promise.all([desk.tick('A1', true), desk.tick('A1', false)]);
  expect(hall().members[0]).toMatchObject({ in_hall: true });
});

test('the hall is asked for again, and stays on the screen while the network is away', async () => {
  const { timers, server, desk, hall } = world();
  await desk.look();
  server.hall = { ...server.hall, heads: 7 };
  expect(timers.ring()).toBe(EVERY_MS);
  await desk.look();
  expect(hall().heads).toBe(7);
  server.offline = true;
  await desk.look();
  expect(hall().heads).toBe(7);
  await desk.tick('A1', true);
  expect(desk.view.refused).toMatchObject({ code: 'offline' });
  desk.close();
  expect(timers.waiting.size).toBe(0);
});

test('a link that is not valid says so and is not asked for again', async () => {
  const { timers, desk } = world('wrong');
  await desk.look();
  expect(desk.view.state).toEqual({ at: 'unknown' });
  expect(timers.waiting.size).toBe(0);
});

test('names are found in part, and those who are not ticked off stand first', () => {
  const member = (code: string, name: string, in_hall: boolean) => ({ code, name, here: in_hall, in_hall });
  const all = [member('A1', '王芳', true), member('A2', '王强', false), member('B1', 'Ada', false)];
  expect(foundIn(all, '王').map(({ code }) => code)).toEqual(['A2', 'A1']);
  expect(foundIn(all, ' b1 ').map(({ name }) => name)).toEqual(['Ada']);
  expect(foundIn(all, '')).toHaveLength(3);
});

test('the pad takes digits up to the most', () => {
  const typed = (keys: string[]) => keys.reduce(padAfter, '');
  expect(typed(['0', '4', '6'])).toBe('46');
  expect(typed(['4', '6', 'back'])).toBe('4');
  expect(typed(['9', '9', '9', '9', '9', '1'])).toBe('99999');
  expect(typed(['back', 'x'])).toBe('');
  expect(tokenOf('/hall/abc%2F1')).toBe('abc/1');
});
