/** Brings the player that a browser gets. */
import type { Player } from './live';
import type { StartEngine } from './live-engine';

/** Loads the player that this browser gets; called early, so that it comes beside the first answer. */
export async function loadEngine(player: Player): Promise<StartEngine> {
  return player === 'native'
    ? (await import('./live-engine-native')).startNative
    : (await import('./live-engine-hls')).startHls;
}
