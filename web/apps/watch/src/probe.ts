/** What automatic tests may read of the page; nothing can be done through it. */
import type { Snapshot } from '@plenary/client/watch-session';

declare global {
  interface Window {
    readonly __plenary?: {
      readonly state: Snapshot['watch']['at'];
      readonly source: 'live' | 'replay' | null;
      readonly latencyMs: number | null;
      readonly sound: Snapshot['sound'];
      readonly timeline: Snapshot['timeline'];
    };
  }
}

export function probe({ watch, latencyMs, sound, timeline }: Snapshot): void {
  const value = Object.freeze({
    state: watch.at,
    source: 'source' in watch ? watch.source.kind : null,
    latencyMs,
    sound,
    timeline,
  });
  Object.defineProperty(window, '__plenary', { value, configurable: true });
}
