/** A speaker without our page: the protocol of docs/protocol.md over the stage's socket, for WebRTC clients of other houses. */
import WebSocket from 'ws';

import type { FromPage, FromServer } from '@plenary/api/socket';

import { until } from './wait';

type Offer = Extract<FromPage, { type: 'offer' }>;
type Heard<T extends FromServer['type']> = Extract<FromServer, { type: T }>;

/** One seat's socket. */
export class SeatSocket {
  /** All messages so far, by type. */
  private readonly heard: FromServer[] = [];

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (text) => this.heard.push(JSON.parse(String(text)) as FromServer));
  }

  /** Opens the socket behind a stage link. */
  static async open(link: string): Promise<SeatSocket> {
    const { origin, host, pathname } = new URL(link);
    const token = pathname.split('/').at(-1) ?? '';
    const socket = new WebSocket(`ws://${host}/api/stage/${token}/socket`, { origin });
    const seat = new SeatSocket(socket);
    await seat.first('welcome');
    return seat;
  }

  /** The source that this seat's camera is. */
  async camera(): Promise<string> {
    return ((await this.first('welcome')).seat ?? '').replace(/^seat_/, 'cam_');
  }

  /** Offers, and gives the answer. */
  async offer(sdp: string, tracks: Offer['tracks'], fresh = true): Promise<string> {
    const before = this.all('answer').length;
    this.say({ type: 'offer', sdp, tracks, fresh });
    const answer = await until(
      'the answer to an offer',
      () => this.all('answer')[before],
      20_000,
      () => this.all('refused'),
    );
    return answer.sdp;
  }

  /** Says something else. */
  say(message: FromPage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** All messages of a type so far. */
  all<T extends FromServer['type']>(type: T): Heard<T>[] {
    return this.heard.filter((message): message is Heard<T> => message.type === type);
  }

  close(): void {
    this.socket.close();
  }

  private first<T extends FromServer['type']>(type: T): Promise<Heard<T>> {
    return until(`a message ${type}`, () => this.all(type)[0], 20_000);
  }
}
