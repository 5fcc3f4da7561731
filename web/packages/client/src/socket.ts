/** A socket that speaks typed messages and comes back by itself after a lost network or a server restart. */
import type { FromPage, FromServer } from '@plenary/api/socket';

import { readMessage, type ClosedCode } from './socket-messages';

/** First wait before a new attempt; it doubles with each failure. */
const RETRY_FIRST_MS = 500;
/** Longest wait between attempts. */
const RETRY_MAX_MS = 8_000;
/** An attempt that has not opened by then is given up. */
const OPEN_TIMEOUT_MS = 8_000;

export type Link =
  | { at: 'connecting'; attempt: number }
  | { at: 'open' }
  | { at: 'waiting'; attempt: number }
  | { at: 'ended'; why: EndedWhy };

/** `unknown` and `forbidden`: the server does not let this link in. */
export type EndedWhy = Exclude<ClosedCode, 'restart'> | 'unknown' | 'forbidden' | 'left';

/** What the socket needs of the browser; tests give fakes. */
export interface SocketWorld {
  open(url: string): WebSocket;
  /** The status that the server gives to a plain request at the socket's address, null offline. */
  probe(url: string): Promise<number | null>;
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(timer: number): void;
  random(): number;
}

export interface SocketEvents {
  message(message: FromServer): void;
  link(link: Link): void;
}

export const browserWorld: SocketWorld = {
  open: (url) => new WebSocket(url.replace(/^http/, 'ws')),
  probe: async (url) => {
    try {
      return (await fetch(url, { headers: { accept: 'application/json' } })).status;
    } catch {
      return null;
    }
  },
  setTimeout: (run, ms) => window.setTimeout(run, ms),
  clearTimeout: (timer) => window.clearTimeout(timer),
  random: Math.random,
};

/** Wait before attempt `attempt` (1, 2, …): doubling, capped, with half of it left to chance. */
export function retryWaitMs(attempt: number, random: number): number {
  const full = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full / 2 + (full / 2) * random);
}

export class Socket {
  private socket: WebSocket | null = null;
  private timer: number | null = null;
  private state: Link = { at: 'connecting', attempt: 0 };

  constructor(
    private readonly url: string,
    private readonly events: SocketEvents,
    private readonly world: SocketWorld = browserWorld,
  ) {}

  get link(): Link {
    return this.state;
  }

  start(): void {
    this.connect(0);
  }

  /** Sends when open; a message that misses is told again by whoever hears the next welcome. */
  send(message: FromPage): void {
    if (this.state.at === 'open') this.socket?.send(JSON.stringify(message));
  }

  /** Gives an open connection up that does not answer, and makes a new one. */
  reconnect(): void {
    if (this.state.at === 'open') this.connect(0);
  }

  /** The network is back: do not wait out the pause. */
  hurry(): void {
    if (this.state.at === 'waiting') this.connect(this.state.attempt);
  }

  /** Ends for good. */
  stop(why: EndedWhy = 'left'): void {
    this.drop();
    this.enter({ at: 'ended', why });
  }

  private connect(attempt: number): void {
    this.drop();
    this.enter({ at: 'connecting', attempt });
    const socket = this.world.open(this.url);
    this.socket = socket;
    this.timer = this.world.setTimeout(() => this.failed(socket, attempt), OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      this.clearTimer();
      this.enter({ at: 'open' });
    };
    socket.onmessage = (event) => this.heard(String(event.data));
    socket.onclose = () => this.failed(socket, attempt);
  }

  private heard(text: string): void {
    const message = readMessage(text);
    if (message === null) return;
    if (message.type === 'closed' && message.code !== 'restart') this.stop(message.code);
    this.events.message(message);
  }

  private failed(socket: WebSocket, attempt: number): void {
    if (socket !== this.socket) return;
    const opened = this.state.at === 'open';
    this.drop();
    const next = opened ? 1 : attempt + 1;
    this.enter({ at: 'waiting', attempt: next });
    this.timer = this.world.setTimeout(
      () => this.connect(next),
      retryWaitMs(next, this.world.random()),
    );
    if (!opened && attempt === 0) void this.askWhy();
  }

  /** A browser hides why an upgrade was refused; a plain request to the same address tells. */
  private async askWhy(): Promise<void> {
    const status = await this.world.probe(this.url);
    if (this.state.at !== 'waiting' && this.state.at !== 'connecting') return;
    if (status === 404) this.stop('unknown');
    if (status === 401 || status === 403) this.stop('forbidden');
  }

  private drop(): void {
    this.clearTimer();
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private clearTimer(): void {
    if (this.timer !== null) this.world.clearTimeout(this.timer);
    this.timer = null;
  }

  private enter(state: Link): void {
    this.state = state;
    this.events.link(state);
  }
}
