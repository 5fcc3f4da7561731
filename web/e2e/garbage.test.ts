/** Garbage at the sockets, the JSON bodies and the HLS paths: clear answers, and the conference goes on. */
import { request } from 'node:http';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';

import { Director } from './support/director';
import { Plenary } from './support/server';
import { until } from './support/wait';

let plenary: Plenary;
let cookie = '';
/** A speaker's page that must not notice anything. */
let witness: Line;

beforeAll(async () => {
  plenary = await Plenary.start({ slug: 'garbage', title: 'Garbage', speakers: ['Ada', 'Bob'] });
  witness = await Line.open(plenary.stage(0));
  ({ cookie } = await Director.open(plenary.links.studio));
});

afterAll(async () => {
  expect(witness?.closed, 'the other speaker was never disconnected').toBeNull();
  witness?.socket.close();
  await plenary?.stop();
});

/** A speaker's socket without a browser. */
class Line {
  readonly messages: Record<string, unknown>[] = [];
  closed: { code: number; reason: string } | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as never));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Opens the socket of a stage link; resolves when it was welcomed. */
  static async open(link: string): Promise<Line> {
    const { origin, pathname } = new URL(link);
    const address = `${origin.replace('http', 'ws')}/api${pathname}/socket`;
    const line = new Line(new WebSocket(address, { origin }));
    await line.says('welcome');
    return line;
  }

  says(type: string): Promise<Record<string, unknown>> {
    const found = () => this.messages.find((message) => message.type === type);
    return until(`"${type}" on the socket`, found, 10_000, () => this.closed ?? this.messages.at(-1));
  }

  ends(): Promise<{ code: number; reason: string }> {
    return until('the end of the socket', () => this.closed, 10_000);
  }
}

/** The witness still talks with the server: what it says comes back in the roster. */
async function conferenceGoesOn(): Promise<void> {
  expect(witness.closed).toBeNull();
  const known = witness.messages.length;
  witness.socket.send('{"type":"nothing"}');
  await until('an answer to the witness', () => known < witness.messages.length, 10_000);
  expect((await fetch(`${plenary.base}/readyz`)).status).toBe(200);
}

interface Answer {
  status: number;
  type: string;
  body: string;
}

/** A request as it is written here: nothing normalises its path. */
function raw(method: string, path: string, headers: Record<string, string> = {}, body = '') {
  return new Promise<Answer>((resolve, reject) => {
    const asked = request(plenary.base, { method, path, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body: Buffer.concat(pieces).toString(),
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The documented form of every refusal. */
function expectProblem(answer: Answer, status: number, code: string): void {
  expect({ ...answer, body: answer.body.slice(0, 200) }).toMatchObject({
    status,
    type: 'application/problem+json',
  });
  const problem = JSON.parse(answer.body) as { status: number; code: string; detail: string };
  expect(problem).toMatchObject({ status, code });
  expect(problem.detail.length, 'a sentence for the person').toBeGreaterThan(10);
}

describe('a socket', () => {
  const refused: [string, string][] = [
    ['text that is not JSON', 'hello'],
    ['a type that does not exist', '{"type":"explode"}'],
    ['a missing type', '{"raised":true}'],
    ['a duplicate key', '{"type":"hand","raised":true,"raised":false}'],
    ['two types', '{"type":"hand","raised":true,"type":"leave"}'],
    ['a wrong type of a field', '{"type":"hand","raised":"yes"}'],
    ['deep nesting', `{"type":"wants","pictures":${'['.repeat(5_000)}`],
    ['nothing', ''],
  ];

  test.each(refused)('answers %s with message_bad and goes on', async (_, text) => {
    const line = await Line.open(plenary.stage(1));
    line.socket.send(text);
    expect(await line.says('refused')).toMatchObject({ code: 'message_bad' });
    line.messages.length = 0;
    line.socket.send('{"type":"nothing"}');
    await line.says('refused');
    line.socket.close();
    await conferenceGoesOn();
  });

  test('refuses an offer that is not SDP and goes on', async () => {
    const line = await Line.open(plenary.stage(1));
    line.socket.send(JSON.stringify({ type: 'offer', sdp: 'v=0\r\nnonsense', tracks: [], fresh: true }));
    expect(await line.says('refused')).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/) });
    expect(line.closed).toBeNull();
    line.socket.close();
    await conferenceGoesOn();
  });

  test('ends at a message above 256 KiB, and says why', async () => {
    const line = await Line.open(plenary.stage(1));
    line.socket.send(`{"type":"offer","sdp":"${'a'.repeat(300 * 1024)}","tracks":[]}`);
    expect(await line.ends()).toEqual({ code: 1009, reason: 'a message has at most 256 KiB' });
    await conferenceGoesOn();
  });

  test('ends at a binary message, and says why', async () => {
    const line = await Line.open(plenary.stage(1));
    line.socket.send(Buffer.from([0, 1, 2, 255]));
    expect(await line.ends()).toEqual({ code: 1008, reason: 'messages are text' });
    await conferenceGoesOn();
  });

  test('ends at a thousand messages at once, and says why', async () => {
    const line = await Line.open(plenary.stage(1));
    for (let sent = 0; sent < 1_000; sent += 1) line.socket.send('{"type":"hand","raised":true}');
    expect(await line.ends()).toEqual({ code: 1008, reason: 'too many messages' });
    await conferenceGoesOn();
  });

  test('does not open from a foreign page or with a wrong link', async () => {
    const upgrade = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const socket = `/api${new URL(plenary.stage(1)).pathname}/socket`;
    const foreign = { ...upgrade, origin: 'https://elsewhere.example' };
    expectProblem(await raw('GET', socket, foreign), 403, 'foreign_origin');
    const own = { ...upgrade, origin: plenary.base };
    expectProblem(await raw('GET', '/api/stage/nobody/socket', own), 404, 'link_unknown');
    const studio = `/api/events/${plenary.links.event}/studio/socket`;
    expectProblem(await raw('GET', studio, own), 401, 'not_director');
    // A browser hides the answer to an upgrade; a plain request tells the page.
    expectProblem(await raw('GET', '/api/stage/nobody/socket'), 404, 'link_unknown');
    expectProblem(await raw('GET', studio), 401, 'not_director');
  });
});

describe('a JSON body', () => {
  const preview = () => `/api/events/${plenary.links.event}/show/preview`;
  const json = () => ({ 'content-type': 'application/json', cookie });
  const scene = (fields: object) =>
    JSON.stringify({ scene: { layout: 'full', places: [null], lower_third: null, ...fields } });

  test('is taken when it is right', async () => {
    expect((await raw('POST', preview(), json(), scene({}))).status).toBe(200);
  });

  test('above 64 KiB is too large', async () => {
    const body = JSON.stringify({ token: 'a'.repeat(70 * 1024) });
    expectProblem(await raw('POST', '/api/sessions', json(), body), 413, 'body_too_large');
  });

  test('of another content type is not JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      const answer = await raw('POST', preview(), { cookie, 'content-type': type }, scene({}));
      expectProblem(answer, 415, 'body_not_json');
    }
  });

  test.each([
    ['broken', 400, '{"scene":'],
    ['empty', 400, ''],
    ['of another shape', 422, '[]'],
    ['with an unknown layout', 422, '{"scene":{"layout":"twelve","places":[],"lower_third":null}}'],
    ['with a number for a place', 422, '{"scene":{"layout":"full","places":[7],"lower_third":null}}'],
    ['with a key too many', 422, '{"scene":{"layout":"full","places":[null],"lower_third":null},"x":1}'],
    ['not UTF-8', 400, '\ud800'],
    ['nested too deep', 400, '['.repeat(60_000)],
  ])('that is %s is refused', async (_, status, body) => {
    const answer = await raw('POST', preview(), json(), body);
    expect([status, 400, 422]).toContain(answer.status);
    expectProblem(answer, answer.status, 'body_bad');
  });

  test('that asks for the impossible is refused by the show, in words', async () => {
    const empty = scene({ places: [] });
    expectProblem(await raw('POST', preview(), json(), empty), 422, 'places_count');
    const take = `/api/events/${plenary.links.event}/show/take`;
    const cut = '{"transition":{"kind":"cut"}}';
    expectProblem(await raw('POST', take, json(), cut), 428, 'revision_missing');
    const stale = { ...json(), 'if-match': '"999999"' };
    expectProblem(await raw('POST', take, stale, cut), 412, 'show_changed');
  });

  test('from a foreign page is not acted on', async () => {
    for (const origin of ['https://elsewhere.example', 'null', 'http://127.0.0.1:1']) {
      const answer = await raw('POST', preview(), { ...json(), origin }, scene({}));
      expectProblem(answer, 403, 'foreign_origin');
    }
  });

  test('without the director’s cookie is not acted on', async () => {
    const bare = { 'content-type': 'application/json' };
    expectProblem(await raw('POST', preview(), bare, scene({})), 401, 'not_director');
    const wrong = { ...bare, cookie: cookie.replace(/=.*/, '=AAAAAAAAAAAAAAAAAAAAAA') };
    expectProblem(await raw('POST', preview(), wrong, scene({})), 401, 'not_director');
    const other = preview().replace(/evt_[0-9a-f]{8}/, 'evt_00000000');
    expectProblem(await raw('POST', other, json(), scene({})), 401, 'not_director');
  });

  test('with a wrong token opens no session', async () => {
    const speakers = new URL(plenary.stage(0)).pathname.split('/')[2];
    for (const token of ['', 'x', speakers, 'a'.repeat(10_000), '../..', '\u0000']) {
      const body = JSON.stringify({ token });
      expectProblem(await raw('POST', '/api/sessions', json(), body), 404, 'link_unknown');
    }
  });

  test('does not reach a source that is none', async () => {
    for (const source of ['cam_1', 'x', '%00', '..%2f..']) {
      const path = `/api/events/${plenary.links.event}/sources/${source}/sound`;
      expectProblem(await raw('POST', path, json(), '{"muted":true}'), 404, 'source_unknown');
    }
  });
});

describe('an HLS path', () => {
  const live = () => new URL(plenary.links.hls).pathname.replace('/index.m3u8', '');

  beforeAll(async () => {
    const index = plenary.links.hls;
    await until('the broadcast', async () => (await fetch(index)).ok || null, 60_000);
  });

  test.each([
    ['_HLS_part=0'],
    ['_HLS_msn=99999999'],
    ['_HLS_msn=18446744073709551615&_HLS_part=4294967295'],
    ['_HLS_msn=-1'],
    ['_HLS_msn=x'],
    ['_HLS_msn=1e3'],
    ['_HLS_msn=0&_HLS_part=x'],
    ['_HLS_msn=99999999999999999999999999'],
  ])('with %s is a bad directive', async (query) => {
    expectProblem(await raw('GET', `${live()}/v360/live.m3u8?${query}`), 400, 'bad_directive');
  });

  test('of another event or with another key does not exist', async () => {
    for (const path of [
      live().slice(0, -1),
      `${live()}A`,
      live().replace('evt_', 'evt_f'),
      '/live/x/y',
      live().replace(/\/[^/]*$/, '/'),
    ]) {
      const answer = await raw('GET', `${path}/index.m3u8`);
      expect(answer.status).toBe(404);
      expectProblem(answer, 404, answer.body.includes('not_found') ? 'not_found' : 'event_unknown');
    }
  });

  test.each([
    ['/v360/../../../../etc/passwd'],
    ['/v360/..%2f..%2f..%2f..%2fetc%2fpasswd'],
    ['/v360/%2e%2e/journal.db'],
    ['/v360/init-..%2f..%2fplenary.db.mp4'],
    ['/v360/init-.mp4'],
    ['/v360/init-00000000.mp4'],
    ['/v360/00.m4s'],
    ['/v360/-1.m4s'],
    ['/v360/999999999.m4s'],
    ['/v360/0.99999.m4s'],
    ['/v360/0.0.0.m4s'],
    ['/v360/%00'],
    ['/v360/%ff%fe.m4s'],
    ['/v1080/live.m3u8'],
    ['/..%2f/live.m3u8'],
    [`/v360/${'a'.repeat(8_000)}.m4s`],
  ])('%# leads to nothing', async (path) => {
    const answer = await raw('GET', live() + path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).not.toContain('root:');
  });

  test('takes no other method, and an overlong head is refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expectProblem(await raw(method, `${live()}/index.m3u8`), 405, 'method_not_allowed');
    }
    const long = raw('GET', `${live()}/${'a'.repeat(300_000)}`).then(({ status }) => status);
    const ended = await long.catch(() => 'closed');
    expect([404, 414, 431, 'closed']).toContain(ended);
  });

  test('still plays', async () => {
    const playlist = await raw('GET', `${live()}/v360/live.m3u8`);
    expect(playlist.status).toBe(200);
    expect(playlist.body).toContain('#EXT-X-PART:');
    await conferenceGoesOn();
  });
});
