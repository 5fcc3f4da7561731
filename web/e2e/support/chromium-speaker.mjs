/**
 * A speaker at Chromium in a process of its own: enters the stage behind a link with these files as
 * camera and microphone, says so in a line, and stays until the process ends. Plain JavaScript, because
 * the Rust tests run it where their bad networks are.
 */
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const [link, camera, microphone] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: join(import.meta.dirname, 'chromium.sh'),
  args: [
    `--use-file-for-fake-video-capture=${camera}`,
    `--use-file-for-fake-audio-capture=${microphone}`,
    // Devices are for pages of encrypted or local origins; this one is neither.
    `--unsafely-treat-insecure-origin-as-secure=${new URL(link).origin}`,
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
await page.goto(link);
await page.getByTestId('enter').click();
await page.getByTestId('backstage').waitFor();
console.log('on stage');
