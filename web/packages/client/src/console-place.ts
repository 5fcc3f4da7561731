/** Where in the console somebody is, as the address tells it, so that the way back works. */

export type Place =
  | { at: 'organisation'; unit: string | null }
  | { at: 'accounts' }
  | { at: 'import' };

export const TABS = ['organisation', 'accounts', 'import'] as const;

/** The place that the query of an address names. */
export function placeOf(query: string): Place {
  const asked = new URLSearchParams(query);
  const tab = TABS.find((one) => one === asked.get('tab')) ?? 'organisation';
  switch (tab) {
    case 'organisation':
      return { at: tab, unit: asked.get('unit') };
    case 'accounts':
    case 'import':
      return { at: tab };
    default:
      return tab satisfies never;
  }
}

/** The query that names a place; what else is in the address stays. */
export function queryOf(place: Place, query: string): string {
  const asked = new URLSearchParams(query);
  asked.delete('tab');
  asked.delete('unit');
  if (place.at !== 'organisation') asked.set('tab', place.at);
  else if (place.unit !== null) asked.set('unit', place.unit);
  const text = asked.toString();
  return text === '' ? '' : `?${text}`;
}

/** The token of the one-time link that makes the first administrator. */
export function setupToken(hash: string): string | null {
  return /^#setup=(.+)$/.exec(hash)?.[1] ?? null;
}
