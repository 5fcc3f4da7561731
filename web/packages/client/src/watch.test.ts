/** The states of a watching page, as scripts. */
import type { Event } from '@plenary/api/types';
import { describe, expect, it } from 'vitest';

import { type Input, opening, step, wakeAfterMs, type Watch } from './watch';

const live = { kind: 'live' } as const;

function event(phase: Event['phase']): Event {
  return {
    id: 'evt_0', slug: 'demo', title: 'Demo', phase, playlist: '/l', replay: '/r', member: false, starts_ms: null, server_time_ms: 0,
    started_ms: null,
  };
}

function told(watch: Watch): string {
  const source = 'source' in watch ? ` ${watch.source.kind}` : '';
  const attempt = 'attempt' in watch && 0 < watch.attempt ? ` #${watch.attempt}` : '';
  return `${watch.at}${source}${attempt}`;
}

/** Runs inputs from the first state on and tells each state. */
function story(...inputs: Input[]): string[] {
  let watch = opening(live);
  return inputs.map((input) => told((watch = step(watch, input))));
}

const onAir: Input = { type: 'event', event: event('on_air') };
const closed: Input = { type: 'event', event: event('closed') };
const doors: Input = { type: 'event', event: event('doors') };
const [woke, moves, starves, breaks, runsOut, unreachable, pause, play] = (
  ['woke', 'moves', 'starves', 'breaks', 'runs_out', 'unreachable', 'pause', 'play'] as const
).map((type) => ({ type })) as [Input, Input, Input, Input, Input, Input, Input, Input];

describe('a watching page', () => {
  it('plays as soon as the event is on air', () => {
    expect(story(onAir, moves)).toEqual(['starting live', 'playing live']);
  });

  it('waits at the doors and goes in by itself', () => {
    expect(story(doors, woke, doors, woke, onAir, moves)).toEqual([
      'lobby', 'opening live', 'lobby', 'opening live', 'starting live', 'playing live',
    ]);
  });

  it('comes back after a restart of the server, counting the attempts', () => {
    expect(story(onAir, moves, breaks, woke, unreachable, woke, unreachable, woke, onAir, moves, breaks)).toEqual([
      'starting live', 'playing live', 'offline live', 'opening live #1', 'offline live #1',
      'opening live #2', 'offline live #2', 'opening live #3', 'starting live #3', 'playing live',
      'offline live',
    ]);
  });

  it('starts the player anew when it starves for too long', () => {
    expect(story(onAir, moves, starves, moves, starves, woke)).toEqual([
      'starting live', 'playing live', 'stalled live', 'playing live', 'stalled live', 'offline live',
    ]);
  });

  it('does not take the end of the stream for the end of the event', () => {
    expect(story(onAir, moves, runsOut, onAir, runsOut, woke, closed)).toEqual([
      'starting live', 'playing live', 'opening live #1', 'starting live #1', 'offline live #1',
      'opening live #2', 'ended',
    ]);
  });

  it('offers the replay after the end, and ends again with it', () => {
    const replay: Input = { type: 'watch', source: { kind: 'replay', fromMs: null } };
    expect(story(closed, replay, closed, moves, runsOut)).toEqual([
      'ended', 'opening replay', 'starting replay', 'playing replay', 'ended',
    ]);
  });

  it('stays paused until a person plays, even when the player breaks', () => {
    expect(story(onAir, moves, pause, starves, moves, play, moves, pause, breaks, play, onAir)).toEqual([
      'starting live', 'playing live', 'paused live', 'paused live', 'paused live', 'stalled live',
      'playing live', 'paused live', 'paused live', 'opening live', 'starting live',
    ]);
  });

  it('says so when there is no such event, and stops asking', () => {
    expect(story({ type: 'unknown' }, woke, onAir)).toEqual(['missing', 'missing', 'missing']);
  });

  it('keeps the very same value when nothing changes', () => {
    const playing = step(step(opening(live), onAir), moves);
    for (const input of [moves, woke, onAir, play]) expect(step(playing, input)).toBe(playing);
  });
});

describe('the wait before the next attempt', () => {
  const wait = (attempt: number, chance: number) =>
    wakeAfterMs({ at: 'offline', event: null, source: live, attempt }, chance);

  it('doubles up to a limit', () => {
    expect([0, 1, 2, 3, 4, 20].map((attempt) => wait(attempt, 1))).toEqual([
      1000, 2000, 4000, 8000, 15000, 15000,
    ]);
  });

  it('is spread, so that a full house does not come back in one moment', () => {
    expect([0, 0.5, 1].map((chance) => wait(3, chance))).toEqual([4000, 6000, 8000]);
  });
});
