/** Firefox as Debian packages it, without its H.264 download, with the camera and microphone that it brings for tests. */
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

import { GRID, reader } from './browser';
import { install } from './page-probe';
import type { Read } from './pictures';

const FIREFOX = process.env.PLENARY_FIREFOX ?? '/usr/bin/firefox-esr';

/** Pitch of its test microphone. */
export const FIREFOX_HZ = 1000;

/** A Firefox process of its own. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      // What a closed network does: the decoder for H.264 is never downloaded.
      'media.gmp-provider.enabled': false,
      'intl.accept_languages': 'en-GB',
    },
  });
}

/** Opens a page with eyes and ears; `errors` are those that nobody caught. */
export async function openFirefoxPage(
  browser: Browser,
  viewport: { width: number; height: number },
  url: string,
): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.setViewport(viewport);
  await page.evaluateOnNewDocument(install);
  await page.goto(url);
  return { page, errors };
}

/** As `lookAt`, of the first video element that the selector finds. */
export async function lookAtFirefox(page: Page, selector: string): Promise<Read | null> {
  const pixels = await page.evaluate(
    (selector, { width, height }) => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      return video ? window.__e2e.pixels(video, width, height) : null;
    },
    selector,
    GRID,
  );
  return pixels ? reader(Buffer.from(pixels, 'base64'), 4) : null;
}

/**
 * How long the packets of the loudest incoming sound are. Where there is no loudspeaker Firefox runs no
 * sound graph, so that a test cannot listen; silence has packets of three bytes.
 */
export async function loudestPacketBytes(page: Page): Promise<number> {
  return Math.max(0, ...(await page.evaluate(() => window.__e2e.soundPacketBytes())));
}
