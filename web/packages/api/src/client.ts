/** The typed client for the requests of docs/protocol.md. */
import createClient from 'openapi-fetch';

import type { paths } from './schema.gen';

export type Api = ReturnType<typeof createClient<paths>>;

/** A client for this page's own server. */
export function api(): Api {
  return createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' });
}

/** A client for a server that is no server: `fetch` answers. */
export function apiOver(fetch: (request: Request) => Promise<Response>): Api {
  return createClient<paths>({ baseUrl: 'http://plenary.test', fetch });
}
