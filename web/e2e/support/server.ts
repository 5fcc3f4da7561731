/** The real binary with a data folder of its own: events are made, served, killed and served again. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { until } from './wait';

/** What is kept of the server's log for a failing test. */
const LOG_LINES_MAX = 60;
const STOP_WITHIN_MS = 15_000;

const run = promisify(execFile);

export interface EventLinks {
  event: string;
  audience: string;
  stage: { name: string; seat: string; url: string; whip: string }[];
  studio: string;
  hls: string;
  whep: string;
}

export interface NewEvent {
  slug: string;
  title: string;
  /** `name/unit/title` each. */
  speakers: string[];
}

/** The links that the demo prints. */
interface DemoLinks {
  audience: string;
  stage: string;
  studio: string;
  hls: string;
  whip: string;
  whep: string;
}

function binary(): string {
  const path = process.env.PLENARY_BIN;
  if (!path) throw new Error('PLENARY_BIN must name the plenary program that is to be tested');
  return path;
}

/** A server on a free port of this machine. */
export class Plenary {
  private child: ChildProcess | null = null;
  private readonly log: string[] = [];
  private listen = '127.0.0.1:0';
  /** `http://127.0.0.1:…` */
  base = '';
  /** The one-time link of the first administrator, while there is none. */
  setup: string | null = null;

  private constructor(
    readonly data: string,
    private made: EventLinks,
    /** In its environment. */
    private readonly settings: Record<string, string> = {},
  ) {}

  /** Makes an event in a new data folder and serves it there, with settings as variables. */
  static async start(
    { slug, title, speakers }: NewEvent,
    settings: Record<string, string> = {},
    listen = '127.0.0.1:0',
  ): Promise<Plenary> {
    const data = await mkdtemp(join(tmpdir(), 'plenary-e2e-'));
    const cards = speakers.flatMap((card) => ['--speaker', card]);
    const event = ['create-event', slug, '--title', title, ...cards, '--data', data, '--json'];
    const { stdout } = await run(binary(), event);
    const plenary = new Plenary(data, JSON.parse(stdout) as EventLinks, settings);
    plenary.listen = listen;
    await plenary.serve();
    return plenary;
  }

  /** Serves a new data folder with nothing in it, with settings as variables. */
  static async empty(settings: Record<string, string> = {}): Promise<Plenary> {
    const data = await mkdtemp(join(tmpdir(), 'plenary-e2e-'));
    const none = { event: '', audience: '', stage: [], studio: '', hls: '', whep: '' };
    const plenary = new Plenary(data, none, settings);
    await plenary.serve();
    return plenary;
  }

  /** Starts the demo with its four speakers in a new data folder. */
  static async demo(): Promise<Plenary> {
    const data = await mkdtemp(join(tmpdir(), 'plenary-e2e-'));
    const none = { event: '', audience: '', stage: [], studio: '', hls: '', whep: '' };
    const plenary = new Plenary(data, none);
    const links = JSON.parse(await plenary.spawn('demo')) as DemoLinks;
    const event = new URL(links.studio).pathname.split('/').at(-1) ?? '';
    const visitor = { name: 'visitor', seat: '', url: links.stage, whip: '' };
    plenary.made = { ...links, event, stage: [visitor] };
    plenary.base = new URL(links.audience).origin;
    return plenary;
  }

  /** Serves the data folder, after a kill at the same address as before. */
  async serve(): Promise<void> {
    const line = await this.spawn('serve');
    const { base, setup } = JSON.parse(line) as { base: string; setup: string | null };
    this.base = base;
    this.setup = setup;
    this.listen = new URL(this.base).host;
  }

  /** Starts the program and gives the first line that it prints. */
  private async spawn(command: 'serve' | 'demo'): Promise<string> {
    const parameters = [command, '--data', this.data, '--listen', this.listen, '--json'];
    const child = spawn(binary(), parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.settings, NO_COLOR: '1' },
    });
    this.child = child;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.log.push(line);
      if (this.log.length > LOG_LINES_MAX) this.log.shift();
    });
    const lines = createInterface({ input: child.stdout });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the server ended:\n${this.log.join('\n')}`);
    });
    ended.catch(() => undefined);
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    return line;
  }

  /** The links of the event at the address where it really is. */
  get links(): EventLinks {
    const here = (link: string) => link.replace(/^https?:\/\/[^/]+/, this.base);
    return {
      event: this.made.event,
      audience: here(this.made.audience),
      stage: this.made.stage.map((seat) => ({
        ...seat,
        url: here(seat.url),
        whip: here(seat.whip),
      })),
      studio: here(this.made.studio),
      hls: here(this.made.hls),
      whep: here(this.made.whep),
    };
  }

  /** The stage link of the nth speaker. */
  stage(index: number): string {
    const link = this.links.stage[index];
    if (!link) throw new Error(`the event has no speaker ${index}`);
    return link.url;
  }

  /** The last lines of its log. */
  tail(): string {
    return this.log.join('\n');
  }

  /** Imports a table of units while the server is stopped, and serves again at the same address. */
  async importUnits(rows: string[]): Promise<void> {
    await this.end('SIGTERM');
    const folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-table-'));
    const table = join(folder, 'units.csv');
    await writeFile(table, rows.join('\n'));
    await run(binary(), ['import', 'units', table, '--data', this.data]);
    await rm(folder, { recursive: true });
    await this.serve();
  }

  /** What `plenary verify-book` says of a book. */
  async verifyBook(text: string): Promise<{ hash: string; corrections: number; members: number }> {
    const folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-book-'));
    const book = join(folder, 'book.txt');
    await writeFile(book, text);
    const { stdout } = await run(binary(), ['verify-book', book, '--json']);
    await rm(folder, { recursive: true });
    return JSON.parse(stdout);
  }

  /** `kill -9` for the media engine of the event, a child process of the server. */
  async killMediaWorker(): Promise<void> {
    const parent = String(this.child?.pid);
    const { stdout } = await run('pgrep', ['--parent', parent, '--full', 'media-worker']);
    const workers = stdout.trim().split('\n').map(Number);
    if (workers.length !== 1) throw new Error(`there are ${workers.length} media workers`);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it as an administrator does, and removes its data. */
  async stop(): Promise<void> {
    const ended = await this.end('SIGTERM');
    await rm(this.data, { recursive: true, force: true });
    if (!ended) throw new Error(`the server did not stop when asked to:\n${this.tail()}`);
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<boolean> {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return true;
    const gone = () => child.exitCode !== null || child.signalCode !== null;
    child.kill(signal);
    try {
      return await until('the end of the server', gone, STOP_WITHIN_MS);
    } catch {
      child.kill('SIGKILL');
      return false;
    }
  }
}
