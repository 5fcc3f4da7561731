import { afterEach, expect, test, vi } from 'vitest';

import { bePresent } from './presence';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A server that answers each beat with the next status; a lost network has none. */
function server(...statuses: (number | null)[]) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string, { method }: { method: string }) => {
    asked.push(`${method} ${path}`);
    const status = statuses.shift() ?? 204;
    return status === null
      ? Promise.reject(new TypeError('no network'))
      : Promise.resolve({ status });
  });
  return asked;
}

test('a page says at once and then each half minute that its member is there', async () => {
  vi.useFakeTimers();
  const asked = server(204, null, 503);
  const shutOut = vi.fn();
  const end = bePresent('evt_1', shutOut);
  await vi.advanceTimersByTimeAsync(61_000);
  expect(asked).toEqual(Array(3).fill('POST /api/events/evt_1/stay'));
  expect(shutOut).not.toHaveBeenCalled();
  end();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(asked).toHaveLength(3);
});

test('whoever is not known any more is shut out', async () => {
  vi.useFakeTimers();
  server(401);
  const shutOut = vi.fn();
  bePresent('evt_1', shutOut);
  await vi.advanceTimersByTimeAsync(0);
  expect(shutOut).toHaveBeenCalledOnce();
});
