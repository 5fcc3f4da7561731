/** A provider of OpenID Connect that signs whatever it is told to sign. */
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Claims = Record<string, unknown>;

const KEYS = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

export class Liar {
  private readonly keys = KEYS();
  private readonly others = KEYS();
  /** The token that the next code is exchanged for. */
  token = '';
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Liar> {
    const server = createServer();
    const liar = new Liar(server);
    server.on('request', (request, response) => liar.answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return liar;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** A token signed with the provider's key. */
  signed(claims: Claims): string {
    return token({ alg: 'RS256', kid: 'one' }, claims, this.keys.privateKey);
  }

  /** One that says so, and is signed by somebody else. */
  signedByOthers(claims: Claims): string {
    return token({ alg: 'RS256', kid: 'one' }, claims, this.others.privateKey);
  }

  /** One without a signature. */
  unsigned(claims: Claims): string {
    return token({ alg: 'none' }, claims, null);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { issuer } = this;
    const bodies: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/jwks': { keys: [{ ...this.keys.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] },
      '/token': { access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: this.token },
    };
    const body = bodies[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? {}));
  }
}

function token(head: Claims, claims: Claims, key: KeyObject | null): string {
  const part = (value: Claims) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const said = `${part(head)}.${part(claims)}`;
  const tag = key === null ? '' : createSign('RSA-SHA256').update(said).sign(key, 'base64url');
  return `${said}.${tag}`;
}
