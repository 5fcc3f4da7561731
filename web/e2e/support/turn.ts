/** A TURN server that nobody here wrote: coturn, over TCP on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from './wait';

const SECRET = 'the-tests-share-this-secret';

export class TurnServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<TurnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-turn-'));
    await writeFile(join(folder, 'secret'), `${SECRET}\n`);
    const port = await freePort();
    const options = {
      'listening-ip': '127.0.0.1',
      'relay-ip': '127.0.0.1',
      'listening-port': String(port),
      'static-auth-secret': SECRET,
      realm: 'plenary.test',
      pidfile: join(folder, 'pid'),
      userdb: join(folder, 'users'),
      'log-file': 'stdout',
    };
    const named = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const without = ['--no-cli', '--no-tls', '--no-dtls', '--no-udp'];
    const flags = ['-n', '--use-auth-secret', '--allow-loopback-peers', ...without];
    const child = spawn('turnserver', [...flags, ...named], { stdio: 'ignore' });
    const turn = new TurnServer(child, folder, port);
    try {
      await until('coturn to listen', () => answers(port), 20_000, () => `exit code ${child.exitCode}`);
    } catch (error) {
      await turn.stop();
      throw error;
    }
    return turn;
  }

  /** What a Plenary server must be told. */
  get settings(): Record<string, string> {
    return {
      PLENARY_TURN_URLS: `turn:127.0.0.1:${this.port}?transport=tcp`,
      PLENARY_TURN_SECRET_FILE: join(this.folder, 'secret'),
    };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill();
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const there = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return there;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
