/** Headphone buttons, lock screens and media keys work the player. */
import type { WatchSession } from '@plenary/client/watch-session';

/** One press of a seek button. */
export const SEEK_MS = 10_000;

export function controlBySystem(session: WatchSession): void {
  if (!('mediaSession' in navigator)) return;
  const actions: [MediaSessionAction, () => void][] = [
    ['play', () => session.togglePlay()],
    ['pause', () => session.togglePlay()],
    ['seekbackward', () => session.seekBy(-SEEK_MS)],
    ['seekforward', () => session.seekBy(SEEK_MS)],
  ];
  for (const [action, run] of actions) {
    try {
      navigator.mediaSession.setActionHandler(action, run);
    } catch {
      // A browser that does not know the action leaves its button out.
    }
  }
}

/** What a lock screen says is playing. */
export function describe(title: string): void {
  if ('mediaSession' in navigator) {
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist: 'Plenary' });
  }
}
