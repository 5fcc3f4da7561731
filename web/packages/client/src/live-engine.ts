/** The players behind one shape: hls.js, or the browser's own where that is better. Times are wall time. */
import type { Quality } from './live';

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

/** Starts a player on a playlist. */
export type StartEngine = (start: Start) => Engine;
