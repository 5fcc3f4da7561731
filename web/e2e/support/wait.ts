/** Waiting for a condition, never for a time. */

const LOOK_EVERY_MS = 100;

/**
 * Asks until the answer is not null, undefined or false, and gives it; fails with the last answer
 * after `withinMs`. `what` completes the sentence "waited for …".
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = 60_000,
  seen: () => unknown = () => '',
): Promise<T> {
  const began = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() - began > withinMs) {
      const last = await seen();
      throw new Error(`waited ${withinMs} ms in vain for ${what} ${JSON.stringify(last) ?? ''}`);
    }
    await new Promise((look) => setTimeout(look, LOOK_EVERY_MS));
  }
}

/** One line about where a long test is. */
export function progress(line: string): void {
  process.stdout.write(`    ${new Date().toISOString().slice(11, 23)} ${line}\n`);
}
