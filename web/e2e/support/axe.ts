/** What axe-core finds wrong with a page for people who cannot see it or use a mouse. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** One line per rule that is broken, with the first element that breaks it. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    return (await axe.run(document)).violations.map(({ id, help, nodes }) => ({
      id,
      help,
      html: nodes[0]?.html ?? '',
    }));
  });
  return found.map(({ id, help, html }) => `${id}: ${help}: ${html.slice(0, 160)}`);
}
