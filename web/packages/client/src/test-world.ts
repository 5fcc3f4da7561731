/** Sockets, peer connections and timers that tests turn by hand. */
import type { CallWorld } from './rtc';
import type { SocketWorld } from './socket';

/** Timers that ring when a test says so. */
export class FakeTimers {
  readonly waiting = new Map<number, { run: () => void; ms: number }>();
  #next = 1;

  readonly setTimeout = (run: () => void, ms: number): number => {
    this.waiting.set(this.#next, { run, ms });
    return this.#next++;
  };

  readonly clearTimeout = (timer: number): void => void this.waiting.delete(timer);

  /** Lets the only waiting timer ring and says how long it waited. */
  readonly ring = (): number => {
    const [[id, timer]] = [...this.waiting] as [[number, { run: () => void; ms: number }]];
    this.waiting.delete(id);
    timer.run();
    return timer.ms;
  };
}

export class FakeSocket {
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  sent: string[] = [];
  closed = false;
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
}

/** A browser whose sockets are fakes; `status` answers the plain request at a socket's address. */
export function socketWorld(timers: FakeTimers, status: number | null = null) {
  const made: FakeSocket[] = [];
  const world: SocketWorld = {
    open: () => {
      const socket = new FakeSocket();
      made.push(socket);
      return socket as unknown as WebSocket;
    },
    probe: () => Promise.resolve(status),
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clearTimeout,
    random: () => 1,
  };
  return { world, made };
}

type Track = { id: string };

export class FakeTransceiver {
  mid: string | null = null;
  direction: string;
  receiver: { track: Track };
  sender = {
    track: null as unknown,
    replaceTrack: (track: unknown) => {
      this.sender.track = track;
      return Promise.resolve();
    },
  };
  constructor(kind: unknown, init: RTCRtpTransceiverInit, number: number) {
    this.direction = init.direction ?? 'sendrecv';
    this.receiver = { track: { id: `received-${number}` } };
    if (typeof kind !== 'string') this.sender.track = kind;
  }
}

export class FakePeer {
  transceivers: FakeTransceiver[] = [];
  connectionState = 'new';
  onconnectionstatechange: (() => void) | null = null;
  localDescription: { sdp: string } | null = null;
  answers: string[] = [];
  closed = false;
  addTransceiver(kind: unknown, init: RTCRtpTransceiverInit) {
    const transceiver = new FakeTransceiver(kind, init, this.transceivers.length);
    this.transceivers.push(transceiver);
    return transceiver;
  }
  createOffer() {
    return Promise.resolve({ sdp: `offer of ${this.transceivers.length} lines` });
  }
  setLocalDescription(description: { sdp: string }) {
    this.transceivers.forEach((transceiver, index) => (transceiver.mid = String(index)));
    this.localDescription = description;
    return Promise.resolve();
  }
  setRemoteDescription({ sdp }: { sdp: string }) {
    this.answers.push(sdp);
    return sdp === 'broken' ? Promise.reject(new Error(sdp)) : Promise.resolve();
  }
  close() {
    this.closed = true;
  }
  become(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

export class FakeStream {
  tracks: Track[] = [];
  getTracks = () => this.tracks;
  addTrack = (track: Track) => void this.tracks.push(track);
  removeTrack = (track: Track) => void (this.tracks = this.tracks.filter((each) => each !== track));
}

/** A browser whose peer connections are fakes. */
export function callWorld(timers: FakeTimers) {
  const peers: FakePeer[] = [];
  const world: CallWorld = {
    peer: () => {
      const peer = new FakePeer();
      peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
    stream: () => new FakeStream() as unknown as MediaStream,
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clearTimeout,
  };
  return { world, peers };
}

/** Lets every promise that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
