/** Tells the server which pictures a page shows and how wide, so that no more is sent. */
import type { WantedPicture } from './socket-messages';

/** Layout changes come in bursts; the server hears of the last one. */
const SETTLE_MS = 150;
/** Widths are rounded up to this, so that a resized window says little. */
const STEP_PX = 80;

export interface WantsWorld {
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(timer: number): void;
}

export class Wants {
  private readonly shown = new Map<string, { source: string; width: number }>();
  private programmeShown = false;
  private timer: number | null = null;
  private told = '';

  constructor(
    private readonly tell: (pictures: WantedPicture[], programme: boolean) => void,
    private readonly world: WantsWorld = {
      setTimeout: (run, ms) => window.setTimeout(run, ms),
      clearTimeout: (timer) => window.clearTimeout(timer),
    },
  ) {}

  /** Element `where` shows `source` this wide in device pixels; 0 or null when it does not. */
  show(where: string, source: string | null, width: number): void {
    if (source === null || width <= 0) this.shown.delete(where);
    else this.shown.set(where, { source, width: Math.ceil(width / STEP_PX) * STEP_PX });
    this.settle();
  }

  programme(shown: boolean): void {
    this.programmeShown = shown;
    this.settle();
  }

  /** A new connection knows nothing yet. */
  tellAgain(): void {
    this.told = '';
    this.settle();
  }

  private settle(): void {
    if (this.timer !== null) this.world.clearTimeout(this.timer);
    this.timer = this.world.setTimeout(() => this.flush(), SETTLE_MS);
  }

  /** The widest first: it matters most when the line is short. */
  private flush(): void {
    this.timer = null;
    const widest = new Map<string, number>();
    for (const { source, width } of this.shown.values()) {
      widest.set(source, Math.max(width, widest.get(source) ?? 0));
    }
    const pictures = [...widest]
      .map(([source, width]) => ({ source, width }))
      .sort((a, b) => b.width - a.width || (a.source < b.source ? -1 : 1));
    const telling = JSON.stringify([pictures, this.programmeShown]);
    if (telling === this.told) return;
    this.told = telling;
    this.tell(pictures, this.programmeShown);
  }
}
