/**
 * What a watching page is doing, as one value; `step` is the only thing that changes it. It knows
 * no video, no network and no timer: `watch-session.ts` does what each state asks for.
 */
import type { Event } from '@plenary/api/types';

import type { Source } from './live';

export type Watch =
  /** Asking the server about the event; `attempt` counts what failed before. */
  | { at: 'opening'; event: Event | null; source: Source; attempt: number }
  /** No such event. */
  | { at: 'missing' }
  /** The event has not begun. */
  | { at: 'lobby'; event: Event }
  /** The player was started and has no picture yet. */
  | { at: 'starting'; event: Event; source: Source; attempt: number }
  | { at: 'playing'; event: Event; source: Source }
  /** A person paused; `player` is lost when it broke meanwhile. */
  | { at: 'paused'; event: Event; source: Source; player: 'ready' | 'lost' }
  /** The player has nothing to show. */
  | { at: 'stalled'; event: Event; source: Source }
  /** Server or network are away; after a while the page asks again. */
  | { at: 'offline'; event: Event | null; source: Source; attempt: number }
  /** The event is over. */
  | { at: 'ended'; event: Event };

export type Input =
  /** The server answered. */
  | { type: 'event'; event: Event }
  /** The server knows no such event. */
  | { type: 'unknown' }
  /** The server did not answer, or not sensibly. */
  | { type: 'unreachable' }
  /** The time of `wakeAfterMs` has passed, or the network came back. */
  | { type: 'woke' }
  /** The picture (or sound) moves. */
  | { type: 'moves' }
  /** The player waits for bytes. */
  | { type: 'starves' }
  /** The player gave up. */
  | { type: 'breaks' }
  /** The player reached the end of the stream. */
  | { type: 'runs_out' }
  | { type: 'pause' }
  | { type: 'play' }
  /** A person wants another part of the programme. */
  | { type: 'watch'; source: Source };

/** How often a page asks whether the event has begun; spread by a quarter each way. */
const LOBBY_MS = 5_000;
/** A player that shows nothing for this long is started anew. */
const STARTING_MS_MAX = 12_000;
const STALLED_MS_MAX = 8_000;
/** Waits between attempts double from the first to the last, so that a full house comes back spread out. */
const BACKOFF_MS_FIRST = 1_000;
const BACKOFF_MS_MAX = 15_000;

/** How long the state lasts by itself; `chance` is from 0 to 1. */
export function wakeAfterMs(watch: Watch, chance: number): number | null {
  switch (watch.at) {
    case 'lobby':
      return LOBBY_MS * (0.75 + chance / 2);
    case 'starting':
      return STARTING_MS_MAX;
    case 'stalled':
      return STALLED_MS_MAX;
    case 'offline':
      return Math.min(BACKOFF_MS_MAX, BACKOFF_MS_FIRST * 2 ** watch.attempt) * (0.5 + chance / 2);
    case 'opening':
    case 'missing':
    case 'playing':
    case 'paused':
    case 'ended':
      return null;
    default:
      return unreachable(watch);
  }
}

/** The first state of a page. */
export function opening(source: Source): Watch {
  return { at: 'opening', event: null, source, attempt: 0 };
}

/** The state after `input`; the very same value when nothing changes. */
export function step(watch: Watch, input: Input): Watch {
  switch (input.type) {
    case 'event':
    case 'unknown':
    case 'unreachable':
      return watch.at === 'opening' ? answered(watch, input) : watch;
    case 'woke':
      return woke(watch);
    case 'moves':
      return moves(watch);
    case 'starves':
      return watch.at === 'playing' ? { ...watch, at: 'stalled' } : watch;
    case 'breaks':
      return breaks(watch);
    case 'runs_out':
      return runsOut(watch);
    case 'pause':
      return watch.at === 'playing' || watch.at === 'stalled'
        ? { at: 'paused', event: watch.event, source: watch.source, player: 'ready' }
        : watch;
    case 'play':
      return plays(watch);
    case 'watch':
      return goes(watch, input.source);
    default:
      return unreachable(input);
  }
}

function answered(
  watch: Extract<Watch, { at: 'opening' }>,
  input: Extract<Input, { type: 'event' | 'unknown' | 'unreachable' }>,
): Watch {
  if (input.type === 'unknown') return { at: 'missing' };
  if (input.type === 'unreachable') return { ...watch, at: 'offline' };
  const { event } = input;
  const { source, attempt } = watch;
  switch (event.phase) {
    case 'doors':
      return { at: 'lobby', event };
    case 'on_air':
      return { at: 'starting', event, source, attempt };
    case 'closed':
      return source.kind === 'replay'
        ? { at: 'starting', event, source, attempt }
        : { at: 'ended', event };
    default:
      return unreachable(event.phase);
  }
}

function woke(watch: Watch): Watch {
  switch (watch.at) {
    case 'lobby':
      return { at: 'opening', event: watch.event, source: { kind: 'live' }, attempt: 0 };
    case 'offline':
      return { ...watch, at: 'opening', attempt: watch.attempt + 1 };
    case 'starting':
    case 'stalled':
      return breaks(watch);
    case 'opening':
    case 'missing':
    case 'playing':
    case 'paused':
    case 'ended':
      return watch;
    default:
      return unreachable(watch);
  }
}

function moves(watch: Watch): Watch {
  if (watch.at !== 'starting' && watch.at !== 'stalled') return watch;
  return { at: 'playing', event: watch.event, source: watch.source };
}

function breaks(watch: Watch): Watch {
  switch (watch.at) {
    case 'starting':
      return { ...watch, at: 'offline' };
    case 'playing':
    case 'stalled':
      return { at: 'offline', event: watch.event, source: watch.source, attempt: 0 };
    case 'paused':
      return { ...watch, player: 'lost' };
    case 'opening':
    case 'missing':
    case 'lobby':
    case 'offline':
    case 'ended':
      return watch;
    default:
      return unreachable(watch);
  }
}

/** A replay that runs out is over; a live stream that runs out is asked about. */
function runsOut(watch: Watch): Watch {
  if (watch.at === 'starting') return { ...watch, at: 'offline' };
  if (watch.at !== 'playing' && watch.at !== 'stalled') return watch;
  const { event, source } = watch;
  return source.kind === 'replay'
    ? { at: 'ended', event }
    : { at: 'opening', event, source, attempt: 1 };
}

function plays(watch: Watch): Watch {
  if (watch.at !== 'paused') return watch;
  const { event, source, player } = watch;
  return player === 'lost'
    ? { at: 'opening', event, source, attempt: 0 }
    : { at: 'stalled', event, source };
}

function goes(watch: Watch, source: Source): Watch {
  switch (watch.at) {
    case 'starting':
    case 'playing':
    case 'paused':
    case 'stalled':
      return { at: 'starting', event: watch.event, source, attempt: 0 };
    case 'ended':
      return { at: 'opening', event: watch.event, source, attempt: 0 };
    case 'offline':
    case 'opening':
      return { ...watch, source };
    case 'missing':
    case 'lobby':
      return watch;
    default:
      return unreachable(watch);
  }
}

function unreachable(never: never): never {
  throw new Error(`a case is missing: ${JSON.stringify(never)}`);
}
