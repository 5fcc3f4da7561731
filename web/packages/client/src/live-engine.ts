/** The players behind one shape: hls.js, or the browser's own where that is better. Times are wall time. */
import type { ErrorData, HlsConfig } from 'hls.js';
import type Hls from 'hls.js';

import { type Player, type Quality, sameQuality } from './live';

/** What a player tells by itself; that the picture moves or waits is told by the video element. */
export type EngineNews = 'breaks' | 'runs_out' | 'qualities';

export type Start = {
  video: HTMLVideoElement;
  playlist: string;
  /** Live: as near to the edge as the server asks for. Replay: from here on, or from the start. */
  from: { kind: 'edge' } | { kind: 'start'; seconds: number };
  quality: Quality;
  tell: (news: EngineNews) => void;
};

export interface Engine {
  /** When the picture shown now was made. */
  positionMs(): number | null;
  /** The latest moment that can be played. */
  edgeMs(): number | null;
  /** How far behind the server's clock a live player means to be. */
  targetMs(): number | null;
  qualities(): Quality[];
  choose(quality: Quality): void;
  /** Goes to a moment of the playlist that is loaded. */
  seekMs(ms: number): void;
  /** Goes to the live edge. */
  seekEdge(): void;
  destroy(): void;
}

/** Loads hls.js; called early, so that it loads beside the first request to the server. */
export async function loadHls(): Promise<typeof Hls> {
  return (await import('hls.js')).default;
}

export async function startEngine(player: Player, start: Start): Promise<Engine> {
  return player === 'native' ? new Native(start) : new HlsEngine(await loadHls(), start);
}

/** Settings for both sources; what is not here is the player's default. */
function settings(start: Start): Partial<HlsConfig> {
  const shared: Partial<HlsConfig> = {
    // The files are fragmented MP4 already: there is nothing for a worker to do.
    enableWorker: false,
    backBufferLength: 30,
    capLevelToPlayerSize: true,
    abrEwmaDefaultEstimate: 1_500_000,
  };
  return start.from.kind === 'edge'
    ? { ...shared, lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.08, liveSyncOnStallIncrease: 0.5 }
    : { ...shared, lowLatencyMode: false, startPosition: start.from.seconds };
}

class HlsEngine implements Engine {
  readonly #hls: Hls;
  readonly #video: HTMLVideoElement;
  readonly #start: Start;
  #recovered = false;
  #audioOnly = false;

  constructor(library: typeof Hls, start: Start) {
    this.#start = start;
    this.#video = start.video;
    this.#hls = new library(settings(start));
    const { Events } = library;
    this.#hls.on(Events.MANIFEST_PARSED, () => {
      if (!this.#audioOnly) this.choose(start.quality);
      start.tell('qualities');
    });
    this.#hls.on(Events.AUDIO_TRACKS_UPDATED, () => {
      if (start.quality.kind === 'audio') this.choose(start.quality);
      start.tell('qualities');
    });
    this.#hls.on(Events.ERROR, (_name, data) => this.#failed(library, data));
    this.#hls.on(Events.BUFFERED_TO_END, () => this.#endsSoon());
    this.#hls.loadSource(start.playlist);
    this.#hls.attachMedia(start.video);
  }

  positionMs(): number | null {
    return this.#hls.playingDate?.getTime() ?? null;
  }

  edgeMs(): number | null {
    const position = this.positionMs();
    const edge = this.#hls.latestLevelDetails?.edge;
    return position === null || edge === undefined
      ? null
      : position + (edge - this.#video.currentTime) * 1000;
  }

  targetMs(): number | null {
    const seconds = this.#hls.targetLatency;
    return seconds === null ? null : seconds * 1000;
  }

  qualities(): Quality[] {
    const heights = [...new Set(this.#hls.levels.map((level) => level.height))].filter(Boolean);
    const pictures = heights
      .sort((a, b) => b - a)
      .map((height): Quality => ({ kind: 'height', height }));
    const audio: Quality[] = this.#audioPlaylist() ? [{ kind: 'audio' }] : [];
    return [{ kind: 'auto' }, ...pictures, ...audio];
  }

  choose(quality: Quality): void {
    if (quality.kind === 'audio') {
      this.#playAudioOnly();
      return;
    }
    const level = this.#hls.levels.findIndex((candidate) =>
      sameQuality({ kind: 'height', height: candidate.height }, quality),
    );
    // The very first fragment already comes in the wished quality; later ones change at a seam.
    if (this.#video.readyState === HTMLMediaElement.HAVE_NOTHING) this.#hls.startLevel = level;
    this.#hls.nextLevel = level;
  }

  seekMs(ms: number): void {
    const position = this.positionMs();
    if (position === null) return;
    this.#video.currentTime = Math.max(0, this.#video.currentTime + (ms - position) / 1000);
  }

  seekEdge(): void {
    const edge = this.#hls.liveSyncPosition;
    if (edge !== null) this.#video.currentTime = edge;
  }

  destroy(): void {
    this.#hls.destroy();
  }

  #audioPlaylist(): string | undefined {
    return this.#hls.audioTracks.find((track) => track.url)?.url;
  }

  /** hls.js drops renditions without a picture, so the sound's own playlist becomes the source. */
  #playAudioOnly(): void {
    const playlist = this.#audioPlaylist();
    if (!playlist || this.#audioOnly) return;
    this.#audioOnly = true;
    this.#hls.loadSource(playlist);
  }

  #endsSoon(): void {
    if (this.#hls.latestLevelDetails?.live !== false) return;
    this.#video.addEventListener('ended', () => this.#start.tell('runs_out'), { once: true });
  }

  #failed(library: typeof Hls, data: ErrorData): void {
    if (!data.fatal) return;
    if (data.type === library.ErrorTypes.MEDIA_ERROR && !this.#recovered) {
      this.#recovered = true;
      this.#hls.recoverMediaError();
      return;
    }
    this.#start.tell('breaks');
  }
}

/** Safari's own player: low latency by itself, no choice of quality. */
class Native implements Engine {
  readonly #video: HTMLVideoElement;
  readonly #listening = new AbortController();

  constructor(start: Start) {
    this.#video = start.video;
    const { signal } = this.#listening;
    this.#video.addEventListener('error', () => start.tell('breaks'), { signal });
    this.#video.addEventListener('ended', () => start.tell('runs_out'), { signal });
    this.#video.src = start.playlist;
    const { from } = start;
    if (from.kind === 'start') {
      this.#video.addEventListener(
        'loadedmetadata',
        () => (this.#video.currentTime = from.seconds),
        { signal, once: true },
      );
    }
  }

  positionMs(): number | null {
    const began = this.#beganMs();
    return began === null ? null : began + this.#video.currentTime * 1000;
  }

  edgeMs(): number | null {
    const began = this.#beganMs();
    const { seekable } = this.#video;
    return began === null || seekable.length === 0
      ? null
      : began + seekable.end(seekable.length - 1) * 1000;
  }

  targetMs(): number | null {
    return null; // The player does not say.
  }

  qualities(): Quality[] {
    return [{ kind: 'auto' }];
  }

  choose(): void {
    // There is one choice only.
  }

  seekMs(ms: number): void {
    const began = this.#beganMs();
    if (began !== null) this.#video.currentTime = (ms - began) / 1000;
  }

  seekEdge(): void {
    const { seekable } = this.#video;
    if (0 < seekable.length) this.#video.currentTime = seekable.end(seekable.length - 1);
  }

  destroy(): void {
    this.#listening.abort();
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  #beganMs(): number | null {
    const video = this.#video as HTMLVideoElement & { getStartDate?: () => Date };
    const began = video.getStartDate?.().getTime();
    return began === undefined || Number.isNaN(began) ? null : began;
  }
}
