/** The test of player and network before an event, as one value, and what leads it from one to the next. */
import { carriesOf, type Clip, measure, type Network, type NetworkWorld, type Unreachable } from './check-network';
import { isSmooth, type Played, type PlayerWorld, playClip } from './check-player';
import { abilities, type Player } from './live';
import { loadEngine } from './live-engine-load';
import { TIMERS } from './org-search';

export type Check =
  | { at: 'ready' }
  /** The clip is being downloaded. */
  | { at: 'measuring' }
  | { at: 'playing'; network: Network; shown: number }
  | { at: 'done'; network: Network; played: Played }
  | { at: 'unreachable'; why: Unreachable };

/** Whether somebody will see the broadcast as it is meant, somehow, or not; `open`: nobody knows yet. */
export type Verdict = 'good' | 'fair' | 'bad' | 'open';

/** What both findings come to. */
export function verdictOf({ network, played }: { network: Network; played: Played }): Verdict {
  switch (played.kind) {
    case 'plays': {
      const carries = carriesOf(network.rate);
      if (carries === 'little') return 'bad';
      return carries === 'large' && isSmooth(played) ? 'good' : 'fair';
    }
    case 'hidden':
      return 'open';
    case 'no_player':
    case 'no_codec':
    case 'not_loaded':
    case 'forbidden':
    case 'broke':
    case 'stuck':
      return 'bad';
    default:
      return played satisfies never;
  }
}

/** Plays a clip and tells of each picture. */
export type Play = (clip: Clip, told: (shown: number) => void) => Promise<Played>;

export class PlayerCheck {
  state: Check = { at: 'ready' };
  /** Changes with every beginning, so that one that was given up tells nothing any more. */
  private turn = 0;

  constructor(
    private readonly playlist: string,
    private readonly changed: () => void,
    private readonly world: NetworkWorld = NETWORK,
  ) {}

  /** Whether it is at work. */
  get isRunning(): boolean {
    return this.state.at === 'measuring' || this.state.at === 'playing';
  }

  /** Measures and plays; while it does, a second beginning is none. */
  async start(play: Play): Promise<void> {
    if (this.isRunning) return;
    const turn = ++this.turn;
    const show = (state: Check) => {
      if (turn !== this.turn) return;
      this.state = state;
      this.changed();
    };
    show({ at: 'measuring' });
    const measured = await measure(this.playlist, this.world);
    if (turn !== this.turn) return;
    if (measured.at === 'unreachable') return show(measured);
    const { clip, network } = measured;
    show({ at: 'playing', network, shown: 0 });
    const played = await play(clip, (shown) => show({ at: 'playing', network, shown }));
    show({ at: 'done', network, played });
  }

  /** Tells nothing any more. */
  close(): void {
    this.turn += 1;
  }
}

/** Plays in a video element of this page. */
export function playIn(video: HTMLVideoElement): Play {
  return (clip, told) => playClip(video, clip, told, PLAYER);
}

const NETWORK: NetworkWorld = {
  fetch: (path, init) => globalThis.fetch(path, init),
  timers: TIMERS,
  now: () => performance.now(),
  isOnline: () => navigator.onLine,
};

const PLAYER: PlayerWorld = { abilities, loadEngine, decodes, isHidden: () => document.hidden, timers: TIMERS };

function decodes(player: Player, type: string): boolean {
  switch (player) {
    case 'hls': {
      const sources = globalThis as { ManagedMediaSource?: typeof MediaSource };
      return (sources.ManagedMediaSource ?? MediaSource).isTypeSupported(type);
    }
    case 'native':
      return document.createElement('video').canPlayType(type) !== '';
    case 'none':
      return false;
    default:
      return player satisfies never;
  }
}
