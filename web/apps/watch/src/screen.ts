/** What the page shows for each state of the session. */
import { LIVE_BEHIND_MS_MAX } from '@plenary/client/live';
import type { Snapshot } from '@plenary/client/watch-session';

/** What lies over the picture. */
export type Cover = 'opening' | 'stalled' | 'offline' | 'lobby' | 'ended' | 'missing' | 'none';

export function coverOf({ watch }: Snapshot): Cover {
  switch (watch.at) {
    case 'opening':
      if (watch.event?.phase === 'doors') return 'lobby';
      return 0 < watch.attempt ? 'offline' : 'opening';
    case 'starting':
      return 0 < watch.attempt ? 'offline' : 'opening';
    case 'playing':
    case 'paused':
      return 'none';
    case 'stalled':
    case 'offline':
    case 'lobby':
    case 'ended':
    case 'missing':
      return watch.at;
    default:
      return watch satisfies never;
  }
}

/** What the picture is: live, the running event from earlier on, or an event that is over. */
export type Badge = 'live' | 'behind' | 'replay' | 'lobby' | 'ended';

export function badgeOf(snapshot: Snapshot): Badge | null {
  const { watch } = snapshot;
  if (watch.at === 'missing' || !watch.event) return null;
  if (watch.at === 'ended') return 'ended';
  switch (watch.event.phase) {
    case 'doors':
      return 'lobby';
    case 'on_air':
      return isBehind(snapshot) ? 'behind' : 'live';
    case 'closed':
      return 'replay';
    default:
      return watch.event.phase satisfies never;
  }
}

function isBehind({ watch, timeline }: Snapshot): boolean {
  if ('source' in watch && watch.source.kind === 'replay') return true;
  return timeline !== null && LIVE_BEHIND_MS_MAX < timeline.edgeMs - timeline.positionMs;
}

export function titleOf({ watch }: Snapshot): string | null {
  return 'event' in watch ? (watch.event?.title ?? null) : null;
}
