/** Which player a browser gets, and where a wished moment of the programme is to be had. */

/** What a browser brings. */
export type Abilities = { mediaSource: boolean; managedMediaSource: boolean; nativeHls: boolean };

export type Player = 'hls' | 'native' | 'none';

/**
 * hls.js wherever the browser has MediaSource without ManagedMediaSource. Chromium says that it
 * plays HLS natively, but it never asks for low-latency parts; only Safari's own player is better.
 */
export function choosePlayer(abilities: Abilities): Player {
  if (abilities.mediaSource && !abilities.managedMediaSource) return 'hls';
  if (abilities.nativeHls) return 'native';
  return abilities.mediaSource || abilities.managedMediaSource ? 'hls' : 'none';
}

/** What this browser brings. */
export function abilities(): Abilities {
  return {
    mediaSource: 'MediaSource' in globalThis,
    managedMediaSource: 'ManagedMediaSource' in globalThis,
    nativeHls: document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== '',
  };
}

/** The live playlist, or the one from the start of the event, from a moment of wall time on. */
export type Source = { kind: 'live' } | { kind: 'replay'; fromMs: number | null };

/** Further behind the live edge than this is no longer live: it is played from the replay playlist. */
export const LIVE_BEHIND_MS_MAX = 10_000;

/** Where to play a moment from. Times are wall time in milliseconds. */
export function sourceFor(wishedMs: number, liveEdgeMs: number): Source {
  return liveEdgeMs - wishedMs <= LIVE_BEHIND_MS_MAX
    ? { kind: 'live' }
    : { kind: 'replay', fromMs: wishedMs };
}

/** The rung of the ladder that a person wants. */
export type Quality = { kind: 'auto' } | { kind: 'height'; height: number } | { kind: 'audio' };

export function sameQuality(a: Quality, b: Quality): boolean {
  if (a.kind === 'height' && b.kind === 'height') return a.height === b.height;
  return a.kind === b.kind;
}
