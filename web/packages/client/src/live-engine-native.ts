/** Safari's own player: low latency by itself, no choice of quality. */
import type { Quality } from './live';
import type { Engine, Start } from './live-engine';

/** Plays with the browser's own player. */
export function startNative(start: Start): Engine {
  return new Native(start);
}

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
