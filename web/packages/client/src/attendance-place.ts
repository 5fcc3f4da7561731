/** What of the attendance somebody looks at, as the address tells it, so that the way back works. */

export const VIEWS = ['units', 'members', 'missing', 'halls', 'report'] as const;

export type View = (typeof VIEWS)[number];

/** Without a unit one is where one begins: above all that one may see. */
export type Place = { unit: string | null; view: View };

/** The place that the query of an address names. */
export function placeOf(query: string): Place {
  const asked = new URLSearchParams(query);
  const view = VIEWS.find((one) => one === asked.get('view')) ?? 'units';
  return { unit: asked.get('unit'), view };
}

/** The query that names a place; what else is in the address stays. */
export function queryOf(place: Place, query: string): string {
  const asked = new URLSearchParams(query);
  asked.delete('unit');
  asked.delete('view');
  if (place.unit !== null) asked.set('unit', place.unit);
  if (place.view !== 'units') asked.set('view', place.view);
  const text = asked.toString();
  return text === '' ? '?' : `?${text}`;
}
