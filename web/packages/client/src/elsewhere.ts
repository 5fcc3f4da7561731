/** Signing in elsewhere: whether there is such a way, where it begins, and why it did not lead in. */
import type { Api } from '@plenary/api/client';

/** How people call the page where they sign in, or null where there is none. */
export async function askElsewhere(api: Api): Promise<string | null> {
  try {
    const { data } = await api.GET('/api/sign-in/ways');
    return data?.elsewhere ?? null;
  } catch {
    return null;
  }
}

/** The link to there for the console, or for an event. */
export function linkElsewhere(event: string | null): string {
  const purpose = event === null ? 'org' : `event:${event}`;
  return `/api/oidc/start?for=${encodeURIComponent(purpose)}`;
}

/** Why somebody who was there is not in, from behind the `#` of an address; or null. */
export function refusedOf(hash: string): string | null {
  return /^#refused=([a-z_]+)$/.exec(hash)?.[1] ?? null;
}
