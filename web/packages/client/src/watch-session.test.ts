/** The session with a server, a player and a video that only tell what was asked of them. */
import type { Event } from '@plenary/api/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Engine, Start } from './live-engine';
import { type EventAnswer, type Snapshot, WatchSession } from './watch-session';

const START_MS = 1_000_000;

function event(phase: Event['phase']): EventAnswer {
  return {
    kind: 'event',
    event: {
      id: 'evt_0', slug: 'demo', title: 'Demo', phase, playlist: '/live', replay: '/replay', member: false, starts_ms: null,
      server_time_ms: Date.now(), started_ms: START_MS,
    },
  };
}

class FakeVideo extends EventTarget {
  muted = false;
  paused = true;
  ended = false;
  /** A browser that plays no sound before a tap. */
  forbidsSound = false;

  async play(): Promise<void> {
    if (this.forbidsSound && !this.muted) throw new DOMException('a tap is wanted', 'NotAllowedError');
    this.paused = false;
  }

  pause(): void {
    this.paused = true;
  }

  happens(name: string): void {
    this.dispatchEvent(new globalThis.Event(name));
  }
}

class Scene {
  readonly video = new FakeVideo();
  readonly network = new EventTarget();
  readonly starts: Start[] = [];
  readonly done: string[] = [];
  asked = 0;
  positionMs: number | null = null;
  shown!: Snapshot;
  readonly session: WatchSession;

  constructor(
    public answer: EventAnswer = event('on_air'),
    forbidsSound = false,
  ) {
    this.video.forbidsSound = forbidsSound;
    this.session = new WatchSession(
      this.video as unknown as HTMLVideoElement,
      {
        askEvent: async () => {
          this.asked += 1;
          return this.answer;
        },
        loadEngine: async () => (start) => this.#start(start),
        keepFrame: () => this.done.push('keep frame'),
        network: this.network,
        now: () => Date.now(),
        chance: () => 1,
      },
      (snapshot) => (this.shown = snapshot),
    );
  }

  #start(start: Start): Engine {
    this.starts.push(start);
    this.done.push(`start ${start.playlist}`);
    return {
      positionMs: () => this.positionMs,
      edgeMs: () => Date.now(),
      targetMs: () => 2_000,
      qualities: () => [{ kind: 'auto' }],
      choose: () => this.done.push('choose'),
      seekMs: (ms) => this.done.push(`seek ${ms}`),
      seekEdge: () => this.done.push('seek edge'),
      destroy: () => this.done.push('destroy'),
    };
  }

  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  async playing(): Promise<this> {
    await this.pass(0);
    this.video.happens('playing');
    this.done.length = 0;
    return this;
  }
}

describe('a session', () => {
  let scene: Scene;

  beforeEach(() => {
    vi.useFakeTimers({ now: START_MS + 600_000 });
  });

  afterEach(() => {
    scene.session.destroy();
    vi.useRealTimers();
  });

  it('plays at once, with sound', async () => {
    scene = new Scene();
    await scene.playing();
    expect([scene.shown.watch.at, scene.shown.sound, scene.video.paused]).toEqual(['playing', 'on', false]);
    expect(scene.starts[0]?.from).toEqual({ kind: 'edge' });
  });

  it('plays silently where sound wants a tap, and the tap gives it', async () => {
    scene = new Scene(event('on_air'), true);
    await scene.playing();
    expect([scene.shown.sound, scene.video.paused]).toEqual(['forbidden', false]);
    scene.session.toggleSound();
    expect([scene.shown.sound, scene.video.muted]).toEqual(['on', false]);
  });

  it('keeps the last picture and comes back after the server was away', async () => {
    scene = new Scene();
    await scene.playing();
    scene.answer = { kind: 'unreachable' };
    scene.starts[0]?.tell('breaks');
    expect(scene.shown.watch.at).toBe('offline');
    await scene.pass(1_000);
    expect([scene.asked, scene.shown.watch.at]).toEqual([2, 'offline']);
    expect(scene.done).toEqual([]);
    scene.answer = event('on_air');
    await scene.pass(2_000);
    expect(scene.done).toEqual(['keep frame', 'destroy', 'start /live']);
    scene.video.happens('playing');
    expect(scene.shown.watch.at).toBe('playing');
  });

  it('does not wait when the device has a network again', async () => {
    scene = new Scene();
    await scene.playing();
    scene.starts[0]?.tell('breaks');
    scene.network.dispatchEvent(new globalThis.Event('online'));
    await scene.pass(0);
    expect(scene.shown.watch.at).toBe('starting');
  });

  it('hears nothing more from a player that was replaced', async () => {
    scene = new Scene();
    await scene.playing();
    scene.starts[0]?.tell('breaks');
    await scene.pass(1_000);
    scene.video.happens('playing');
    scene.starts[0]?.tell('breaks');
    expect(scene.shown.watch.at).toBe('playing');
  });

  it('shows the latency by the clock of the server', async () => {
    const ahead = event('on_air');
    if (ahead.kind === 'event') ahead.event.server_time_ms += 3_600_000;
    scene = new Scene(ahead);
    await scene.playing();
    scene.positionMs = Date.now() + 3_600_000 - 1_700;
    await scene.pass(500);
    expect(scene.shown.latencyMs).toBe(2_200);
  });

  it('jumps to the edge when a live picture fell far behind', async () => {
    scene = new Scene();
    await scene.playing();
    scene.positionMs = Date.now() - 9_000;
    await scene.pass(500);
    expect(scene.done).toEqual(['seek edge']);
  });

  it('rewinds through the replay and returns to live', async () => {
    scene = new Scene();
    await scene.playing();
    scene.positionMs = Date.now() - 2_000;
    scene.session.seek(START_MS + 30_000);
    await scene.pass(0);
    expect(scene.starts[1]).toMatchObject({ playlist: '/replay', from: { kind: 'start', seconds: 30 } });
    scene.video.happens('playing');
    scene.positionMs = START_MS + 30_000;
    scene.session.seekBy(10_000);
    expect(scene.done.at(-1)).toBe(`seek ${START_MS + 40_000}`);
    scene.session.backToLive();
    await scene.pass(0);
    expect(scene.done.at(-1)).toBe('start /live');
  });

  it('goes on where it was paused, from the replay when that is long ago', async () => {
    scene = new Scene();
    await scene.playing();
    scene.positionMs = Date.now() - 2_000;
    scene.session.togglePlay();
    const paused = scene.positionMs;
    await scene.pass(60_000);
    scene.session.togglePlay();
    await scene.pass(0);
    expect(scene.starts[1]).toMatchObject({
      playlist: '/replay',
      from: { kind: 'start', seconds: (paused - START_MS) / 1000 },
    });
  });

  it('waits at the doors without a player', async () => {
    scene = new Scene(event('doors'));
    await scene.pass(0);
    expect(scene.shown.watch.at).toBe('lobby');
    await scene.pass(6_250);
    expect([scene.asked, scene.starts.length]).toEqual([2, 0]);
  });
});
