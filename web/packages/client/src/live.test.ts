/** The player rule, the seams between live and replay, the clock. */
import { describe, expect, it } from 'vitest';

import { clockOffset, latencyMs, steady } from './latency';
import { choosePlayer, sourceFor } from './live';

describe('the player rule', () => {
  const browsers = {
    'Chromium, which says maybe to native HLS': [true, false, true],
    Firefox: [true, false, false],
    'Safari on a Mac or an iPhone': [true, true, true],
    'an old iPhone': [false, false, true],
    'WebKitGTK': [true, true, false],
    'a browser without any': [false, false, false],
  } as const;

  it('gives hls.js to all but Safari', () => {
    const given = Object.entries(browsers).map(([name, [mediaSource, managedMediaSource, nativeHls]]) => [
      name,
      choosePlayer({ mediaSource, managedMediaSource, nativeHls }),
    ]);
    expect(Object.fromEntries(given)).toEqual({
      'Chromium, which says maybe to native HLS': 'hls',
      Firefox: 'hls',
      'Safari on a Mac or an iPhone': 'native',
      'an old iPhone': 'native',
      'WebKitGTK': 'hls',
      'a browser without any': 'none',
    });
  });
});

describe('a wished moment', () => {
  it('is live near the edge and replay behind it', () => {
    expect(sourceFor(95_000, 100_000)).toEqual({ kind: 'live' });
    expect(sourceFor(40_000, 100_000)).toEqual({ kind: 'replay', fromMs: 40_000 });
  });
});

describe('latency', () => {
  it('is right on a device whose clock is wrong', () => {
    const offset = clockOffset(1_000, 1_200, 501_100);
    expect(offset).toBe(500_000);
    expect(latencyMs(499_000, 1_300, offset)).toBe(2_300);
    expect(latencyMs(510_000, 1_300, offset)).toBe(0);
  });

  it('is shown calmly, but a jump at once', () => {
    expect(steady(null, 2_000)).toBe(2_000);
    expect(steady(2_000, 2_400)).toBe(2_100);
    expect(steady(2_000, 9_000)).toBe(9_000);
  });
});
