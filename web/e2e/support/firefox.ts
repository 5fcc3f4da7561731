/** Firefox by WebDriver BiDi (w3.org/TR/webdriver-bidi), as much as one page needs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

/** Videos play without a click; nothing is asked from the network by itself. */
const PREFERENCES = {
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.gmp-manager.updateEnabled': false,
  'app.normandy.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.enabled': false,
};

interface Reply {
  id?: number;
  result?: unknown;
  message?: string;
}

/** A Firefox process of its own with one page. */
export class Firefox {
  private asked = 0;
  private readonly waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  private context = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (text) => {
      const reply = JSON.parse(String(text)) as Reply;
      if (reply.id !== undefined) this.waiting.get(reply.id)?.resolve(reply);
    });
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('Firefox is gone'));
    });
  }

  static async launch(): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), 'plenary-firefox-'));
    const preferences = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    await writeFile(join(profile, 'user.js'), preferences.join(''));
    const parameters = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'];
    // Behind everything else, as Chromium here.
    const child = spawn('nice', ['-n', '10', 'firefox-esr', ...parameters], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
    });
    const address = await listening(child);
    const socket = new WebSocket(`${address}/session`);
    await once(socket, 'open');
    const firefox = new Firefox(child, profile, socket);
    await firefox.ask('session.new', { capabilities: {} });
    const { contexts } = (await firefox.ask('browsingContext.getTree', {})) as { contexts: { context: string }[] };
    firefox.context = contexts[0]?.context ?? '';
    return firefox;
  }

  /** Goes to an address and waits until its page has loaded. */
  async goto(url: string): Promise<void> {
    await this.ask('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
  }

  /** Calls a function in the page; it must not refer to anything outside of itself. */
  async evaluate<A, R>(inside: (parameter: A) => R, parameter?: A): Promise<Awaited<R>> {
    const answer = (await this.ask('script.callFunction', {
      functionDeclaration: `async (text) => JSON.stringify((await (${inside})(JSON.parse(text))) ?? null)`,
      arguments: [{ type: 'string', value: JSON.stringify(parameter ?? null) }],
      target: { context: this.context },
      awaitPromise: true,
    })) as { result?: { value: string }; exceptionDetails?: { text: string } };
    if (!answer.result) throw new Error(answer.exceptionDetails?.text ?? 'the page gave nothing');
    return JSON.parse(answer.result.value) as Awaited<R>;
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    this.socket.terminate();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 3 });
  }

  private async ask(method: string, params: object): Promise<unknown> {
    const id = ++this.asked;
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
    this.waiting.delete(id);
    if (reply.result === undefined) throw new Error(`${method}: ${reply.message}`);
    return reply.result;
  }
}

/** The address that Firefox says it listens at. */
async function listening(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr ?? process.stdin });
  for await (const line of lines) {
    said.push(line);
    const address = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
    if (address) {
      child.stderr?.resume();
      return address;
    }
  }
  throw new Error(`Firefox does not start:\n${said.join('\n')}`);
}
