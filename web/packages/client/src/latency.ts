/** The server's clock as this page knows it, and how far behind it the picture is. */

/** How far the server's clock is ahead of this device's, in milliseconds. */
export type ClockOffset = number;

/**
 * The offset from one answer that carried the server's time: it is taken to be from the middle
 * between asking and hearing.
 */
export function clockOffset(askedMs: number, heardMs: number, serverMs: number): ClockOffset {
  return serverMs - (askedMs + heardMs) / 2;
}

/** How far the picture made at `playingMs` is behind the server's clock; never below zero. */
export function latencyMs(playingMs: number, localNowMs: number, offset: ClockOffset): number {
  return Math.max(0, localNowMs + offset - playingMs);
}

/**
 * A latency that can be read: it follows the measured one, but does not flicker with each sample.
 * A jump of more than a second is shown at once.
 */
export function steady(shownMs: number | null, measuredMs: number): number {
  if (shownMs === null || 1000 < Math.abs(measuredMs - shownMs)) return measuredMs;
  return shownMs + (measuredMs - shownMs) * 0.25;
}
