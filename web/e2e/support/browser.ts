/** Chromium with fake devices, and what a test sees and hears in its pages. */
import { join } from 'node:path';

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

import type { DeviceFiles } from './devices';
import type { Colour, Read } from './pictures';
import type {} from '../../apps/watch/src/probe';
import { install } from './page-probe';

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 800 };

/** A Chromium process of its own; with files, these are its camera and microphone. */
export async function launch(devices?: DeviceFiles): Promise<Browser> {
  const files = devices
    ? [
        `--use-file-for-fake-video-capture=${devices.camera}`,
        `--use-file-for-fake-audio-capture=${devices.microphone}`,
      ]
    : [];
  return chromium.launch({
    executablePath: join(import.meta.dirname, 'chromium.sh'),
    args: files,
  });
}

/** A person at a browser who reads English. */
export async function visitor(
  browser: Browser,
  viewport: { width: number; height: number },
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport, locale: 'en-GB' });
  await context.addInitScript(install);
  return context;
}

/** A page with what it heard on its socket, by type, and its uncaught errors. */
export interface Opened {
  page: Page;
  errors: string[];
  /** The last socket message of each type. */
  heard: Map<string, unknown>;
}

export async function openPage(context: BrowserContext, url: string): Promise<Opened> {
  const page = await context.newPage();
  const errors: string[] = [];
  const heard = new Map<string, unknown>();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(String(payload)) as { type: string };
      heard.set(message.type, message);
    }),
  );
  await page.goto(url);
  return { page, errors, heard };
}

/** Width and height of the copy of a picture that points are read from. */
export const GRID = { width: 128, height: 72 };

/** A reader of the picture that a video element shows now, or null before the first. */
export async function lookAt(page: Page, selector: string): Promise<Read | null> {
  const pixels = await page.evaluate(
    ({ selector, width, height }) => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      return video ? window.__e2e.pixels(video, width, height) : null;
    },
    { selector, ...GRID },
  );
  return pixels ? reader(Buffer.from(pixels, 'base64'), 4) : null;
}

/** Reads points from rows of `GRID` with so many bytes per pixel. */
export function reader(rows: Uint8Array, stride: number): Read {
  return (x, y): Colour => {
    const column = Math.min(GRID.width - 1, Math.floor(x * GRID.width));
    const row = Math.min(GRID.height - 1, Math.floor(y * GRID.height));
    const at = (row * GRID.width + column) * stride;
    return [rows[at] ?? 0, rows[at + 1] ?? 0, rows[at + 2] ?? 0];
  };
}

/** The loudest moment of the last `HEARD_MS` at each frequency, per incoming sound track, in dB. */
export type Heard = { loudestHz: number; db: number[] }[];

/** What a page hears over WebRTC, one entry per incoming track with sound. */
export async function hears(page: Page, hz: number[]): Promise<Heard> {
  return page.evaluate((hz) => window.__e2e.hears(hz), hz);
}

/** What a video element plays. */
export async function plays(page: Page, selector: string, hz: number[]): Promise<Heard> {
  return page.evaluate(
    ({ selector, hz }) => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      return video ? window.__e2e.plays(video, hz) : [];
    },
    { selector, hz },
  );
}

/** Pictures that a page has decoded over WebRTC, all its connections together. */
export async function framesDecoded(page: Page): Promise<number> {
  return page.evaluate(() => window.__e2e.framesDecoded());
}
