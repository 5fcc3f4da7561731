/** Plays the test clip with the player that the broadcast would get, and counts the pictures that are shown. */
import { type Abilities, choosePlayer, type Player } from './live';
import type { EngineNews, StartEngine } from './live-engine';
import type { Timers } from './org-search';

/** What came of playing. */
export type Played =
  /** To its end. */
  | { kind: 'plays'; shown: number; dropped: number }
  /** The browser has no player for the broadcast. */
  | { kind: 'no_player' }
  /** The browser cannot decode the picture or the sound. */
  | { kind: 'no_codec' }
  /** The player's own script did not come. */
  | { kind: 'not_loaded' }
  /** The browser lets nothing play. */
  | { kind: 'forbidden' }
  /** The player gave up. */
  | { kind: 'broke'; shown: number }
  /** It did not come to the end in time. */
  | { kind: 'stuck'; shown: number }
  /** Nobody looked at the page, so that it had nothing to show. */
  | { kind: 'hidden' };

/** What playing needs from outside; tests give their own. */
export type PlayerWorld = {
  abilities: () => Abilities;
  loadEngine: (player: Player) => Promise<StartEngine>;
  /** Whether a player's browser decodes a type. */
  decodes: (player: Player, type: string) => boolean;
  isHidden: () => boolean;
  timers: Timers;
};

/** So long the clip may take to play: it has some seconds itself. */
export const PLAY_MS_MAX = 20_000;
/** More pictures left out than this share are seen as jerks. */
const DROPPED_SHARE_MAX = 0.1;

/** How playing ended. */
type Ended = Exclude<EngineNews, 'qualities'> | 'forbidden' | 'late';

/** Whether a device was fast enough for the pictures. */
export function isSmooth({ shown, dropped }: Extract<Played, { kind: 'plays' }>): boolean {
  return dropped <= (shown + dropped) * DROPPED_SHARE_MAX;
}

/** Plays to the end without sound; `told` hears of the number of pictures shown so far. */
export async function playClip(
  video: HTMLVideoElement,
  { playlist, types }: { playlist: string; types: readonly string[] },
  told: (shown: number) => void,
  world: PlayerWorld,
): Promise<Played> {
  const player = choosePlayer(world.abilities());
  if (player === 'none') return { kind: 'no_player' };
  if (!types.every((type) => world.decodes(player, type))) return { kind: 'no_codec' };
  const start = await world.loadEngine(player).catch(() => null);
  if (start === null) return { kind: 'not_loaded' };
  let end: (ended: Ended) => void = () => undefined;
  const ended = new Promise<Ended>((resolve) => (end = resolve));
  const tell = (news: EngineNews) => {
    if (news !== 'qualities') end(news);
  };
  video.muted = true;
  const counter = new Counter(video, told);
  const timer = world.timers.setTimeout(() => end('late'), PLAY_MS_MAX);
  const engine = start({ video, playlist, from: { kind: 'start', seconds: 0 }, quality: { kind: 'auto' }, tell });
  video.play().catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === 'NotAllowedError') end('forbidden');
  });
  const played = playedOf(await ended, counter, world.isHidden());
  world.timers.clearTimeout(timer);
  counter.close();
  engine.destroy();
  return played;
}

function playedOf(ended: Ended, { shown, dropped }: Counter, isHidden: boolean): Played {
  switch (ended) {
    case 'runs_out':
      return 0 < shown ? { kind: 'plays', shown, dropped } : unseen(isHidden);
    case 'breaks':
      return { kind: 'broke', shown };
    case 'forbidden':
      return { kind: 'forbidden' };
    case 'late':
      return isHidden ? { kind: 'hidden' } : { kind: 'stuck', shown };
    default:
      return ended satisfies never;
  }
}

/** It came to its end, and showed no picture on the way. */
function unseen(isHidden: boolean): Played {
  return isHidden ? { kind: 'hidden' } : { kind: 'stuck', shown: 0 };
}

/** Counts the pictures that a video element shows: by each that is, or by what it says of itself. */
class Counter {
  shown = 0;
  #request: number | null = null;
  readonly #listening = new AbortController();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly told: (shown: number) => void,
  ) {
    if ('requestVideoFrameCallback' in video) this.#next();
    else this.#follow();
  }

  get dropped(): number {
    return this.video.getVideoPlaybackQuality().droppedVideoFrames;
  }

  close(): void {
    if (this.#request !== null) this.video.cancelVideoFrameCallback(this.#request);
    this.#request = null;
    this.#listening.abort();
  }

  #next(): void {
    this.#request = this.video.requestVideoFrameCallback((_, { presentedFrames }) => {
      this.#tell(presentedFrames);
      this.#next();
    });
  }

  #follow(): void {
    const look = () => {
      const { totalVideoFrames, droppedVideoFrames } = this.video.getVideoPlaybackQuality();
      this.#tell(totalVideoFrames - droppedVideoFrames);
    };
    this.video.addEventListener('timeupdate', look, { signal: this.#listening.signal });
  }

  #tell(shown: number): void {
    this.shown = shown;
    this.told(shown);
  }
}
