/** The provider where an organisation's people sign in: npm's `oidc-provider`, with a login page. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import Provider from 'oidc-provider';
import type { Page } from 'playwright-core';

export const CLIENT = { id: 'plenary', secret: 'a secret between the two' };

/** What the provider says of each of its people, by the name that they sign in with. */
export type People = Record<string, Record<string, unknown>>;

export class Staff {
  private constructor(
    private readonly server: Server,
    private readonly people: People,
  ) {}

  static async start(people: People): Promise<Staff> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Staff(server, people);
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Serves the server with this address. */
  knows(base: string): void {
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [`${base}/api/oidc/callback`],
        },
      ],
      claims: { openid: ['sub'], profile: ['name', 'employee', 'unit', 'groups'] },
      scopes: ['openid', 'profile'],
      cookies: { keys: ['of this test'] },
      findAccount: (_: unknown, id: string) => ({
        accountId: id,
        claims: () => ({ sub: id, ...this.people[id] }),
      }),
    });
    this.server.on('request', provider.callback());
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Signs in on the provider's page, and agrees. */
export async function signInThere(page: Page, name: string): Promise<void> {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('whatever');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}
