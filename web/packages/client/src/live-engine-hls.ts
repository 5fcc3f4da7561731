/** The player of all browsers but Safari: hls.js, which asks for low-latency parts. */
import Hls, { type ErrorData, type HlsConfig } from 'hls.js';

import { type Quality, sameQuality } from './live';
import type { Engine, Start } from './live-engine';

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

/** Plays with hls.js. */
export function startHls(start: Start): Engine {
  return new HlsEngine(start);
}

class HlsEngine implements Engine {
  readonly #hls: Hls;
  readonly #video: HTMLVideoElement;
  readonly #start: Start;
  #recovered = false;
  /** The choices there were before the sound's own playlist, which knows of none, became the source. */
  #audioOnly: { qualities: Quality[] } | null = null;

  constructor(start: Start) {
    this.#start = start;
    this.#video = start.video;
    this.#hls = new Hls(settings(start));
    const { Events } = Hls;
    this.#hls.on(Events.MANIFEST_PARSED, () => {
      if (!this.#audioOnly) this.choose(start.quality);
      start.tell('qualities');
    });
    this.#hls.on(Events.AUDIO_TRACKS_UPDATED, () => {
      if (start.quality.kind === 'audio') this.choose(start.quality);
      start.tell('qualities');
    });
    this.#hls.on(Events.ERROR, (_name, data) => this.#failed(data));
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
    if (this.#audioOnly) return this.#audioOnly.qualities;
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
    // The very first fragment already comes in the wished quality; later ones change with the next
    // fragment that is loaded. That is at most the held latency away, and nothing that is buffered
    // is thrown away for it.
    if (this.#video.readyState === HTMLMediaElement.HAVE_NOTHING) this.#hls.startLevel = level;
    this.#hls.loadLevel = level;
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
    this.#audioOnly = { qualities: this.qualities() };
    this.#hls.loadSource(playlist);
  }

  #endsSoon(): void {
    if (this.#hls.latestLevelDetails?.live !== false) return;
    this.#video.addEventListener('ended', () => this.#start.tell('runs_out'), { once: true });
  }

  #failed(data: ErrorData): void {
    if (!data.fatal) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !this.#recovered) {
      this.#recovered = true;
      this.#hls.recoverMediaError();
      return;
    }
    this.#start.tell('breaks');
  }
}
