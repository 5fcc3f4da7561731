/** Does what the states of `watch.ts` ask for: asks the server, runs the player and the timers. */
import type { Event } from '@plenary/api/types';

import { type ClockOffset, clockOffset, latencyMs, steady } from './latency';
import { type Quality, type Source, sourceFor } from './live';
import type { Engine, EngineNews, Start, StartEngine } from './live-engine';
import { type Input, opening, step, wakeAfterMs, type Watch } from './watch';

/** The server's answer about an event. */
export type EventAnswer =
  | { kind: 'event'; event: Event }
  | { kind: 'unknown' }
  | { kind: 'unreachable' };

/** What the session needs from outside; tests give their own. */
export type World = {
  askEvent: () => Promise<EventAnswer>;
  loadEngine: () => Promise<StartEngine>;
  /** Called just before the picture goes away for a new player, so that the page can keep it. */
  keepFrame: () => void;
  /** Says `online` when the device has a network again. */
  network: EventTarget;
  now: () => number;
  chance: () => number;
};

/** Whether the person hears something; a browser can forbid sound until there was a tap. */
export type Sound = 'on' | 'muted' | 'forbidden';

/** All that the page shows. Times are wall time of the server in milliseconds. */
export type Snapshot = {
  watch: Watch;
  sound: Sound;
  quality: Quality;
  qualities: Quality[];
  /** How far the picture is behind the server's clock. */
  latencyMs: number | null;
  /** The part of the event that can be played, and where the picture is in it. */
  timeline: { startMs: number; edgeMs: number; positionMs: number } | null;
};

/** How often latency and place are looked at. */
const LOOK_MS = 500;
/** A live player that fell this far behind where it means to be jumps there. */
const LATE_MS_MAX = 6_000;

export class WatchSession {
  #watch: Watch;
  #engine: Engine | null = null;
  #starts = 0;
  #wake: ReturnType<typeof setTimeout> | undefined;
  #look: ReturnType<typeof setInterval>;
  #offset: ClockOffset = 0;
  /** The earliest moment that this page has shown. */
  #firstMs = Infinity;
  #latency: number | null = null;
  #sound: Sound = 'on';
  #quality: Quality = { kind: 'auto' };
  readonly #listening = new AbortController();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly world: World,
    private readonly show: (snapshot: Snapshot) => void,
    source: Source = { kind: 'live' },
  ) {
    this.#watch = opening(source);
    this.#listen();
    this.#look = setInterval(() => this.#measure(), LOOK_MS);
    void this.#ask();
    this.#tell();
  }

  /** A person's pause or play, from any button, key or remote control. */
  togglePlay(): void {
    if (this.#watch.at !== 'paused') {
      this.#input({ type: 'pause' });
      return;
    }
    const position = this.#engine?.positionMs() ?? null;
    const wished = position === null ? null : sourceFor(position, this.#liveMs());
    if (wished?.kind === 'replay' && this.#watch.source.kind === 'live') {
      this.#input({ type: 'watch', source: wished });
    } else {
      this.#input({ type: 'play' });
    }
  }

  /** Goes to a moment of the event, near or far. */
  seek(ms: number): void {
    if (!('source' in this.#watch)) return;
    const wished = this.#onAir() ? sourceFor(ms, this.#liveMs()) : replayFrom(ms);
    if (wished.kind === 'replay' && this.#watch.source.kind === 'replay' && this.#engine) {
      this.#engine.seekMs(ms);
    } else {
      this.#input({ type: 'watch', source: wished });
    }
    this.#measure();
  }

  /** Jumps by so many milliseconds. */
  seekBy(ms: number): void {
    const position = this.#engine?.positionMs() ?? null;
    if (position !== null) this.seek(position + ms);
  }

  backToLive(): void {
    if ('source' in this.#watch && this.#watch.source.kind === 'live') this.#engine?.seekEdge();
    else this.#input({ type: 'watch', source: { kind: 'live' } });
  }

  watchReplay(): void {
    this.#input({ type: 'watch', source: replayFrom(null) });
  }

  toggleSound(): void {
    this.video.muted = !this.video.muted;
    this.#sound = this.video.muted ? 'muted' : 'on';
    this.#tell();
  }

  choose(quality: Quality): void {
    const switchesPlaylist = quality.kind === 'audio' || this.#quality.kind === 'audio';
    this.#quality = quality;
    if (switchesPlaylist && 'source' in this.#watch) {
      this.#input({ type: 'watch', source: this.#here() });
    } else {
      this.#engine?.choose(quality);
    }
    this.#tell();
  }

  /** Does not wait for the next attempt. */
  retry(): void {
    if (this.#watch.at === 'offline') this.#input({ type: 'woke' });
  }

  destroy(): void {
    clearTimeout(this.#wake);
    clearInterval(this.#look);
    this.#listening.abort();
    this.#starts += 1;
    this.#engine?.destroy();
    this.#engine = null;
  }

  #listen(): void {
    const { signal } = this.#listening;
    const on = (target: EventTarget, name: string, input: Input) =>
      target.addEventListener(name, () => this.#input(input), { signal });
    on(this.video, 'playing', { type: 'moves' });
    on(this.video, 'waiting', { type: 'starves' });
    this.world.network.addEventListener('online', () => this.retry(), { signal });
    this.video.addEventListener('timeupdate', () => this.#moved(), { signal });
    this.video.addEventListener('pause', () => this.#paused(), { signal });
    this.video.addEventListener('play', () => this.#played(), { signal });
  }

  /** Time goes on without `playing` after a hole that the player jumped. */
  #moved(): void {
    if (this.#watch.at === 'stalled' && !this.video.paused) this.#input({ type: 'moves' });
  }

  /** Headphones pulled out, a media key, another app: the same as the button. */
  #paused(): void {
    if (this.#watch.at === 'playing' && !this.video.ended) this.#input({ type: 'pause' });
  }

  #played(): void {
    if (this.#watch.at === 'paused') this.togglePlay();
  }

  #input(input: Input): void {
    const before = this.#watch;
    const after = step(before, input);
    if (after === before) return;
    this.#watch = after;
    clearTimeout(this.#wake);
    const wake = wakeAfterMs(after, this.world.chance());
    if (wake !== null) this.#wake = setTimeout(() => this.#input({ type: 'woke' }), wake);
    this.#enter(before, after);
    this.#tell();
  }

  #enter(before: Watch, after: Watch): void {
    switch (after.at) {
      case 'opening':
        void this.#ask();
        break;
      case 'starting':
        void this.#startPlayer(after);
        break;
      case 'paused':
        this.video.pause();
        break;
      case 'stalled':
        if (before.at === 'paused') void this.video.play().catch(() => undefined);
        break;
      case 'lobby':
      case 'missing':
      case 'ended':
        this.#stopPlayer();
        break;
      case 'playing':
      case 'offline':
        break;
      default:
        after satisfies never;
    }
  }

  async #ask(): Promise<void> {
    const asked = this.world.now();
    const answer = await this.world.askEvent();
    switch (answer.kind) {
      case 'event':
        this.#offset = clockOffset(asked, this.world.now(), answer.event.server_time_ms);
        this.#input({ type: 'event', event: answer.event });
        break;
      case 'unknown':
      case 'unreachable':
        this.#input({ type: answer.kind });
        break;
      default:
        answer satisfies never;
    }
  }

  async #startPlayer(starting: Extract<Watch, { at: 'starting' }>): Promise<void> {
    this.#stopPlayer();
    const mine = this.#starts;
    const { event, source } = starting;
    const tell = (news: EngineNews) => {
      if (mine === this.#starts) this.#news(news);
    };
    const from: Start['from'] =
      source.kind === 'live'
        ? { kind: 'edge' }
        : { kind: 'start', seconds: secondsInto(event, source.fromMs) };
    const playlist = source.kind === 'live' ? event.playlist : event.replay;
    const start: Start = { video: this.video, playlist, from, quality: this.#quality, tell };
    const startEngine = await this.world.loadEngine().catch(() => null);
    if (mine !== this.#starts) return;
    if (!startEngine) {
      tell('breaks'); // The player itself could not be loaded: the network is away.
      return;
    }
    this.#engine = startEngine(start);
    await this.#play();
  }

  #stopPlayer(): void {
    this.#starts += 1;
    if (this.#engine) this.world.keepFrame();
    this.#engine?.destroy();
    this.#engine = null;
    this.#latency = null;
  }

  /** With sound if the browser lets us, else without, and the page offers the tap for sound. */
  async #play(): Promise<void> {
    try {
      await this.video.play();
    } catch (refusal) {
      if (!(refusal instanceof DOMException) || refusal.name !== 'NotAllowedError') return;
      this.video.muted = true;
      this.#sound = 'forbidden';
      this.#tell();
      await this.video.play().catch(() => undefined);
    }
  }

  #news(news: EngineNews): void {
    switch (news) {
      case 'breaks':
      case 'runs_out':
        this.#input({ type: news });
        break;
      case 'qualities':
        this.#tell();
        break;
      default:
        news satisfies never;
    }
  }

  /** Looks where the picture is, and brings a live picture that fell behind back to where it belongs. */
  #measure(): void {
    const position = this.#engine?.positionMs() ?? null;
    if (position !== null) {
      const latency = latencyMs(position, this.world.now(), this.#offset);
      this.#latency = steady(this.#latency, latency);
      const target = this.#engine?.targetMs() ?? null;
      const isLive = this.#watch.at === 'playing' && this.#watch.source.kind === 'live';
      if (isLive && target !== null && target + LATE_MS_MAX < latency) this.#engine?.seekEdge();
    }
    this.#tell();
  }

  #onAir(): boolean {
    return 'event' in this.#watch && this.#watch.event?.phase === 'on_air';
  }

  /** The latest moment a live picture could show. */
  #liveMs(): number {
    return this.world.now() + this.#offset - (this.#engine?.targetMs() ?? 0);
  }

  /** The same place again, for a player that has to start over. */
  #here(): Source {
    const position = this.#engine?.positionMs() ?? null;
    if (!('source' in this.#watch) || this.#watch.source.kind === 'live') return { kind: 'live' };
    return position === null ? this.#watch.source : replayFrom(position);
  }

  #timeline(): Snapshot['timeline'] {
    const position = this.#engine?.positionMs() ?? null;
    const edge = this.#engine?.edgeMs() ?? null;
    if (position === null || edge === null || !('event' in this.#watch)) return null;
    // Nobody asked again since the first picture: what this page saw first stands in for it.
    this.#firstMs = Math.min(this.#firstMs, position);
    const start = this.#watch.event?.started_ms ?? this.#firstMs;
    const end = this.#onAir() ? Math.max(this.#liveMs(), position) : edge;
    return { startMs: Math.min(start, position), edgeMs: end, positionMs: position };
  }

  #tell(): void {
    this.show({
      watch: this.#watch,
      sound: this.#sound,
      quality: this.#quality,
      qualities: this.#engine?.qualities() ?? [{ kind: 'auto' }],
      latencyMs: this.#latency,
      timeline: this.#timeline(),
    });
  }
}

function replayFrom(ms: number | null): Source {
  return { kind: 'replay', fromMs: ms };
}

/** The replay playlist begins with the first picture of the event. */
function secondsInto(event: Event, ms: number | null): number {
  if (ms === null || event.started_ms === null) return 0;
  return Math.max(0, (ms - event.started_ms) / 1000);
}
