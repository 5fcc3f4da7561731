/** A speaker at a browser of their own, and what they see of the others on the stage. */
import type { Browser, Page } from 'playwright-core';

import { DESKTOP, launch, lookAt, openPage, visitor } from './browser';
import { makeDevices, type Persona } from './devices';
import { isColour } from './pictures';
import { until } from './wait';

export interface Entrance {
  /** The stage link. */
  link: string;
  /** Where the files of the persona's devices go. */
  folder: string;
  /** Takes the browser, for the end of the test. */
  browsers: Browser[];
  /** Runs in the page before anything of its own. */
  prepare?: (() => void) | undefined;
}

/** Enters the stage; resolves backstage. */
export async function joinStage(persona: Persona, entrance: Entrance): Promise<Page> {
  const browser = await launch(await makeDevices(persona, entrance.folder));
  entrance.browsers.push(browser);
  const context = await visitor(browser, DESKTOP);
  if (entrance.prepare) await context.addInitScript(entrance.prepare);
  const { page } = await openPage(context, entrance.link);
  await page.getByTestId('enter').click();
  await page.getByTestId('backstage').waitFor();
  return page;
}

/** Waits until a page shows the camera of somebody. */
export async function seesPartner(page: Page, partner: Persona): Promise<void> {
  const tile = `[data-testid=tile][data-kind=camera]:has-text("${partner.name}") video`;
  await until(`the picture of ${partner.name}`, async () => {
    const [video] = await page.$$(tile);
    if (!video) return false;
    const id = await video.evaluate((element) => (element.id ||= 'partner'));
    const read = await lookAt(page, `#${id}`);
    return read !== null && isColour(read(0.5, 0.45), partner.colour);
  });
}
