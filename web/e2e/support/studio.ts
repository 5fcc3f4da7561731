/** A director at work: scenes by keys and clicks, takes, and what the monitor then shows. */
import type { Page } from 'playwright-core';

import { lookAt, type Opened } from './browser';
import type { Change } from './page-probe';
import { type Colour, type Expected, shows, type Tile } from './pictures';
import { until } from './wait';

export type LayoutName =
  | 'full'
  | 'two'
  | 'picture_in_picture'
  | 'four'
  | 'speaker_slides'
  | 'nine';

const LAYOUT_KEYS: Record<LayoutName, string> = {
  full: 'q',
  two: 'w',
  picture_in_picture: 'e',
  four: 'r',
  speaker_slides: 't',
  nine: 'y',
};

/** A layout with a source in some of its places; `null` leaves a place empty. */
export interface WantedScene {
  layout: LayoutName;
  places: (Cast | null)[];
}

/** A source of the studio, and the colour that its picture has. */
export interface Cast {
  source: string;
  /** Its digit key. */
  key: string;
  colour: Colour;
}

/** What the studio is told of a source. */
interface Source {
  id: string;
  picture: 'live' | 'held' | 'card' | 'none';
}

const MONITOR = '[data-testid=programme] video';
/** How long a change is left on the monitor before the next one. */
const STAYS_PICTURES = 5;

export class DirectorDesk {
  private constructor(
    readonly page: Page,
    private readonly heard: Opened['heard'],
    private readonly layouts: { layout: string; tiles: Tile[] }[],
    private readonly colours: Colour[],
  ) {}

  static async open(studio: Opened, base: string, colours: Colour[]): Promise<DirectorDesk> {
    await studio.page.getByTestId('studio').waitFor();
    const answer = await fetch(`${base}/api/layouts`);
    const layouts = (await answer.json()) as { layout: string; tiles: Tile[] }[];
    return new DirectorDesk(studio.page, studio.heard, layouts, colours);
  }

  /** Waits until the programme decodes a source, as it does for those of the preview. */
  async ready({ source }: Cast): Promise<void> {
    const state = () => {
      const told = this.heard.get('sources') as { sources: Source[] } | undefined;
      return told?.sources.find(({ id }) => id === source)?.picture;
    };
    await until(`live pictures of ${source}`, () => state() === 'live', 60_000, state);
  }

  /** The source with this name, once the studio lists it. */
  async cast(name: string, colour: Colour): Promise<Cast> {
    const cards = this.page.getByTestId('source');
    const card = cards.filter({ hasText: name });
    await card.waitFor();
    const source = (await card.getAttribute('data-source')) ?? '';
    const all = await cards.evaluateAll((list) => list.map((one) => one.getAttribute('data-source')));
    return { source, key: String(all.indexOf(source) + 1), colour };
  }

  /** Builds the preview with the keyboard alone. */
  async previewByKeys({ layout, places }: WantedScene): Promise<void> {
    await this.page.keyboard.press(LAYOUT_KEYS[layout]);
    await this.laidOut(layout);
    for (const [index, wanted] of places.entries()) {
      if ((await this.sourceIn(index)) === (wanted?.source ?? null)) continue;
      await this.choosePlaceByKeys(index);
      await this.page.keyboard.press(wanted ? wanted.key : 'Delete');
      await this.placed(index, wanted);
    }
  }

  /** Builds the preview with the mouse alone. */
  async previewByClicks({ layout, places }: WantedScene): Promise<void> {
    await this.page.getByTestId(`layout-${layout}`).click();
    await this.laidOut(layout);
    for (const [index, wanted] of places.entries()) {
      if ((await this.sourceIn(index)) === (wanted?.source ?? null)) continue;
      const place = this.place(index);
      if (wanted) {
        await this.page.locator(`[data-testid=source][data-source="${wanted.source}"] .choose`).click();
        if (1 < places.length) await place.click();
      } else {
        await place.hover();
        await place.locator('xpath=following-sibling::button').click();
      }
      await this.placed(index, wanted);
    }
  }

  /** Presses a key (or clicks TAKE) and gives the server's times of the change that it made. */
  async change(act: () => Promise<void>, path: string): Promise<Change> {
    const known = await this.changes();
    await act();
    const done = () => this.changes().then((all) => all.slice(known.length));
    const change = await until(
      `the answer of ${path}`,
      async () => (await done()).find((one) => one.path.endsWith(path)),
      10_000,
      done,
    );
    if (change.status !== 200) throw new Error(`${path} answered ${change.status}`);
    return change;
  }

  takeByKey(): Promise<Change> {
    return this.change(() => this.page.keyboard.press('Space'), '/show/take');
  }

  takeByClick(): Promise<Change> {
    return this.change(() => this.page.getByTestId('take').click(), '/show/take');
  }

  /** What the tiles of a scene must show. */
  expected({ layout, places }: WantedScene): Expected[] {
    const found = this.layouts.find((one) => one.layout === layout);
    if (!found || found.tiles.length !== places.length) throw new Error(`no layout ${layout}`);
    return found.tiles.map((tile, index) => ({ tile, colour: places[index]?.colour ?? null }));
  }

  /** Waits until the programme monitor shows a scene, and gives how long that took. */
  async monitorShows(scene: WantedScene): Promise<number> {
    const began = performance.now();
    const places = this.expected(scene);
    await until(
      `the programme monitor to show ${scene.layout}`,
      async () => {
        const read = await lookAt(this.page, MONITOR);
        return read !== null && shows(read, places, this.colours);
      },
      60_000,
      async () => {
        const read = await lookAt(this.page, MONITOR);
        return read && places.map(({ tile }) => centre(read, tile));
      },
    );
    return performance.now() - began;
  }

  /** Waits until the monitor has shown so many more pictures, and gives how long that took. */
  async monitorMoves(pictures: number): Promise<number> {
    const shown = () =>
      this.page
        .locator(MONITOR)
        .evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);
    const began = performance.now();
    const before = await shown();
    await until(`${pictures} more pictures`, async () => before + pictures <= (await shown()), 60_000);
    return performance.now() - began;
  }

  /**
   * Waits until the monitor satisfies a condition of its colours, and for some pictures more: what is
   * changed next is then told from it in the recording, whose clock may seem two pictures apart.
   */
  async monitor(what: string, is: (read: NonNullable<Awaited<ReturnType<typeof lookAt>>>) => boolean) {
    await until(
      `the programme monitor to show ${what}`,
      async () => {
        const read = await lookAt(this.page, MONITOR);
        return read !== null && is(read);
      },
      60_000,
    );
    await this.monitorMoves(STAYS_PICTURES);
  }

  private changes(): Promise<Change[]> {
    return this.page.evaluate(() => window.__e2e.changes);
  }

  private async laidOut(layout: LayoutName): Promise<void> {
    await this.page.locator(`[data-testid=preview][data-layout=${layout}]`).waitFor();
  }

  private place(index: number) {
    return this.page.locator(`[data-testid=place][data-place="${index}"]`);
  }

  private async sourceIn(index: number): Promise<string | null> {
    await this.place(index).waitFor({ state: 'attached' });
    return this.place(index).getAttribute('data-source');
  }

  private async placed(index: number, wanted: Cast | null): Promise<void> {
    const source = wanted?.source ?? null;
    await until(
      `${source} in place ${index}`,
      async () => (await this.sourceIn(index)) === source,
      5_000,
    );
  }

  private async choosePlaceByKeys(index: number): Promise<void> {
    const count = await this.page.getByTestId('place').count();
    // The only place needs no choice.
    if (count === 1) return;
    for (let pressed = 0; pressed <= count; pressed += 1) {
      if ((await this.place(index).getAttribute('aria-pressed')) === 'true') return;
      await this.page.keyboard.press('ArrowRight');
    }
    throw new Error(`the arrow keys do not reach place ${index}`);
  }
}

function centre(read: (x: number, y: number) => Colour, tile: Tile): Colour {
  return read((tile.x + tile.width / 2) / 1280, (tile.y + 0.45 * tile.height) / 720);
}
