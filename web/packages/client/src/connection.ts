/** What a stage page and a studio page stand on: a socket, the call that is negotiated over it, and the pictures it asks for. */
import type { FromPage, FromServer, TrackKind } from '@plenary/api/socket';

import { Call, type CallWorld } from './rtc';
import { Socket, type EndedWhy, type Link, type SocketWorld } from './socket';
import { Wants, type WantsWorld } from './socket-wants';

/** What the page itself has to hear of; the call's own messages stay in here. */
export type PageMessage = Exclude<FromServer, { type: 'answer' | 'slots' | 'map' | 'renegotiate' }>;

export interface ConnectionEvents {
  message(message: PageMessage): void;
  link(link: Link): void;
  call(): void;
}

/** What it needs of the browser; tests give fakes. */
export interface ConnectionWorld {
  origin: string;
  /** Says `online` when the device has a network again. */
  network: EventTarget;
  socket?: SocketWorld;
  call?: CallWorld;
  wants?: WantsWorld;
}

export class Connection {
  readonly call: Call;
  readonly wants: Wants;
  private readonly socket: Socket;
  private readonly hurry = () => this.socket.hurry();

  /** `path` is the socket's; `kinds` are the tracks that every call has. */
  constructor(
    path: string,
    kinds: TrackKind[],
    private readonly events: ConnectionEvents,
    private readonly world: ConnectionWorld = { origin: location.origin, network: window },
  ) {
    this.socket = new Socket(
      world.origin + path,
      { message: (message) => this.heard(message), link: (link) => events.link(link) },
      world.socket,
    );
    this.call = new Call(
      kinds,
      {
        offer: (offer) => this.send(offer),
        changed: () => events.call(),
        unanswered: () => this.socket.reconnect(),
      },
      world.call,
    );
    this.wants = new Wants(
      (pictures, programme) => this.send({ type: 'wants', pictures, programme }),
      world.wants,
    );
  }

  get link(): Link {
    return this.socket.link;
  }

  start(): void {
    this.world.network.addEventListener('online', this.hurry);
    this.socket.start();
  }

  /** Ends socket and call for good; what ended by itself keeps its reason. */
  stop(why: EndedWhy = 'left'): void {
    this.world.network.removeEventListener('online', this.hurry);
    this.call.stop();
    if (this.link.at !== 'ended') this.socket.stop(why);
  }

  send(message: FromPage): void {
    this.socket.send(message);
  }

  private heard(message: FromServer): void {
    switch (message.type) {
      case 'answer':
        return void this.call.answer(message.sdp);
      case 'slots':
        return this.call.slots(message.video, message.audio);
      case 'map':
        return this.call.map(message.slots, message.undecodable);
      case 'renegotiate':
        return this.call.renegotiate();
      case 'welcome':
        this.events.message(message);
        this.call.start({ iceServers: message.ice_servers });
        return this.wants.tellAgain();
      case 'roster':
      case 'speaking':
      case 'show':
      case 'sources':
      case 'health':
      case 'refused':
      case 'closed':
        return this.events.message(message);
      default:
        message satisfies never;
    }
  }
}
