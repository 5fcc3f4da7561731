/** The page's one peer connection: it offers, queues renegotiations, keeps receive slots and starts afresh when it fails. */
import type { TrackKind } from '@plenary/api/socket';

import { mediaOf, preferCodecs, sends, transceiverInit } from './rtc-tracks';
import type { MappedSlot, Offer, OfferedTrack } from './socket-messages';

/** An answer takes one round trip; after this long the socket is dead without knowing it. */
const ANSWER_TIMEOUT_MS = 8_000;
/** Checks and handshake take some round trips; one that has stopped on the way starts over. */
const CONNECT_MS = 15_000;
/** How long a connection may stay silent before the page starts over. */
const SILENT_MS = 5_000;
/** First pause before starting over; doubles up to the longest. */
const AGAIN_FIRST_MS = 500;
const AGAIN_MAX_MS = 10_000;

export type CallState =
  | { at: 'none' }
  | { at: 'connecting' }
  | { at: 'connected' }
  | { at: 'silent' }
  | { at: 'failed' };

/** What the call needs of the browser; tests give fakes. */
export interface CallWorld {
  peer(config: RTCConfiguration): RTCPeerConnection;
  stream(): MediaStream;
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(timer: number): void;
}

export interface CallEvents {
  offer(offer: Offer): void;
  /** State, streams or what arrives on them changed. */
  changed(): void;
  /** No answer came: the socket should be made anew. */
  unanswered(): void;
}

export const browserCallWorld: CallWorld = {
  peer: (config) => new RTCPeerConnection(config),
  stream: () => new MediaStream(),
  setTimeout: (run, ms) => window.setTimeout(run, ms),
  clearTimeout: (timer) => window.clearTimeout(timer),
};

interface Line {
  kind: TrackKind;
  transceiver: RTCRtpTransceiver;
}

type Negotiation = { at: 'idle' } | { at: 'offering'; again: boolean; timer: number };

export class Call {
  /** Pictures and sound by source id. */
  readonly sources = new Map<string, MediaStream>();
  /** Sources whose picture comes in a codec that this browser does not have. */
  undecodable: ReadonlySet<string> = new Set();
  private programmeStream: MediaStream | null = null;
  private peer: RTCPeerConnection | null = null;
  private config: RTCConfiguration = {};
  private lines: Line[] = [];
  private negotiation: Negotiation = { at: 'idle' };
  private fresh = true;
  private state: CallState = { at: 'none' };
  private mapped: MappedSlot[] = [];
  private wantedSlots = { video: 0, audio: 0 };
  private sent = new Map<TrackKind, MediaStreamTrack | null>();
  private restarts = 0;
  private watch: number | null = null;

  constructor(
    private readonly kinds: TrackKind[],
    private readonly events: CallEvents,
    private readonly world: CallWorld = browserCallWorld,
  ) {}

  get current(): CallState {
    return this.state;
  }

  /** The programme's picture and sound, once its slots exist. */
  get programme(): MediaStream | null {
    return this.programmeStream;
  }

  /** Starts a fresh connection; whatever was there before is given up. */
  start(config: RTCConfiguration): void {
    this.config = config;
    this.begin();
  }

  /** Ends the connection for good. */
  stop(): void {
    this.drop();
    this.enter({ at: 'none' });
  }

  /** Sends this track (null: nothing) as `kind`; a kind not sent so far is offered to the server. */
  send(kind: TrackKind, track: MediaStreamTrack | null): void {
    if (!sends(kind)) throw new Error(`the page does not send ${kind}`);
    if (this.sent.get(kind) === track) return;
    this.sent.set(kind, track);
    const line = this.lines.find((each) => each.kind === kind);
    if (line !== undefined) {
      void line.transceiver.sender.replaceTrack(track);
      const direction = track === null && kind.startsWith('screen_') ? 'inactive' : 'sendonly';
      if (line.transceiver.direction === direction) return;
      line.transceiver.direction = direction;
    } else if (this.peer === null || track === null) {
      return;
    } else {
      this.addLine(kind, this.peer);
    }
    this.negotiate();
  }

  /** The server's wish for receive slots; slots never shrink on one connection. */
  slots(video: number, audio: number): void {
    this.wantedSlots = { video, audio };
    if (this.peer !== null && this.growSlots(this.peer)) this.negotiate();
  }

  /** What arrives on each slot from now on, and which pictures this browser cannot decode. */
  map(slots: MappedSlot[], undecodable: string[]): void {
    this.mapped = slots;
    this.undecodable = new Set(undecodable);
    this.arrange();
  }

  /** Offers again as it is: the server's answer will ask for another codec. */
  renegotiate(): void {
    this.negotiate();
  }

  /** The server's answer to the last offer. */
  async answer(sdp: string): Promise<void> {
    const peer = this.peer;
    const was = this.negotiation;
    if (peer === null || was.at !== 'offering') return;
    this.world.clearTimeout(was.timer);
    try {
      await peer.setRemoteDescription({ type: 'answer', sdp });
    } catch {
      if (peer === this.peer) this.again();
      return;
    }
    if (peer !== this.peer) return;
    const more = this.negotiation.at === 'offering' && this.negotiation.again;
    this.negotiation = { at: 'idle' };
    if (this.state.at === 'connecting' && this.watch === null) {
      this.watch = this.world.setTimeout(() => this.again(), CONNECT_MS);
    }
    this.arrange();
    if (more) this.negotiate();
  }

  stats(): Promise<RTCStatsReport> | null {
    return this.peer?.getStats() ?? null;
  }

  private begin(): void {
    this.drop();
    this.mapped = [];
    this.undecodable = new Set();
    const peer = this.world.peer({ ...this.config, bundlePolicy: 'max-bundle' });
    this.peer = peer;
    this.fresh = true;
    this.enter({ at: 'connecting' });
    peer.onconnectionstatechange = () => this.connection(peer);
    for (const kind of this.kinds) this.addLine(kind, peer);
    for (const [kind, track] of this.sent) {
      if (track !== null && !this.kinds.includes(kind)) this.addLine(kind, peer);
    }
    this.growSlots(peer);
    this.negotiate();
  }

  private addLine(kind: TrackKind, peer: RTCPeerConnection): void {
    const track = this.sent.get(kind) ?? null;
    const init = transceiverInit(kind);
    const transceiver = peer.addTransceiver(track ?? mediaOf(kind), init);
    preferCodecs(transceiver, kind);
    this.lines.push({ kind, transceiver });
  }

  private growSlots(peer: RTCPeerConnection): boolean {
    let grown = false;
    for (const kind of ['audio', 'video'] as const) {
      const have = this.lines.filter((line) => line.kind === kind).length;
      for (let n = have; n < this.wantedSlots[kind]; n += 1) {
        this.addLine(kind, peer);
        grown = true;
      }
    }
    return grown;
  }

  private negotiate(): void {
    if (this.peer === null) return;
    if (this.negotiation.at === 'offering') {
      this.negotiation.again = true;
      return;
    }
    const timer = this.world.setTimeout(() => this.events.unanswered(), ANSWER_TIMEOUT_MS);
    this.negotiation = { at: 'offering', again: false, timer };
    void this.offer(this.peer);
  }

  private async offer(peer: RTCPeerConnection): Promise<void> {
    try {
      await peer.setLocalDescription(await peer.createOffer());
    } catch {
      if (peer === this.peer) this.again();
      return;
    }
    if (peer !== this.peer) return;
    const sdp = peer.localDescription?.sdp ?? '';
    const fresh = this.fresh;
    this.fresh = false;
    this.events.offer({ type: 'offer', sdp, tracks: this.tracks(), ...(fresh ? { fresh } : {}) });
  }

  /** Every line that carries something, by its mid. */
  private tracks(): OfferedTrack[] {
    return this.lines.flatMap(({ kind, transceiver }) =>
      transceiver.mid === null || transceiver.direction === 'inactive'
        ? []
        : [{ mid: transceiver.mid, kind }],
    );
  }

  private connection(peer: RTCPeerConnection): void {
    if (peer !== this.peer) return;
    switch (peer.connectionState) {
      case 'connected':
        this.clearWatch();
        this.restarts = 0;
        this.enter({ at: 'connected' });
        break;
      case 'disconnected':
        this.clearWatch();
        this.enter({ at: 'silent' });
        this.watch = this.world.setTimeout(() => this.again(), SILENT_MS);
        break;
      case 'failed':
        this.again();
        break;
      case 'new':
      case 'connecting':
      case 'closed':
        break;
      default:
        peer.connectionState satisfies never;
    }
  }

  /** Starts over after a pause that grows while nothing works. */
  private again(): void {
    const wait = Math.min(AGAIN_MAX_MS, AGAIN_FIRST_MS * 2 ** Math.min(this.restarts, 10));
    this.restarts += 1;
    this.drop();
    this.enter({ at: 'failed' });
    this.watch = this.world.setTimeout(() => this.begin(), wait);
  }

  private drop(): void {
    this.clearWatch();
    if (this.negotiation.at === 'offering') this.world.clearTimeout(this.negotiation.timer);
    this.negotiation = { at: 'idle' };
    const peer = this.peer;
    this.peer = null;
    this.lines = [];
    if (peer === null) return;
    peer.onconnectionstatechange = null;
    peer.close();
  }

  private clearWatch(): void {
    if (this.watch !== null) this.world.clearTimeout(this.watch);
    this.watch = null;
  }

  /** Puts each received track into the stream of the source it carries now. */
  private arrange(): void {
    const wanted = new Map<string, MediaStreamTrack[]>();
    const programme: MediaStreamTrack[] = [];
    for (const { kind, transceiver } of this.lines) {
      if (sends(kind)) continue;
      const track = transceiver.receiver.track;
      if (kind === 'programme_video' || kind === 'programme_audio') programme.push(track);
      const source = this.mapped.find((slot) => slot.mid === transceiver.mid)?.source;
      if (transceiver.mid === null || source === undefined || source === null) continue;
      wanted.set(source, [...(wanted.get(source) ?? []), track]);
    }
    for (const source of this.sources.keys()) {
      if (!wanted.has(source)) this.sources.delete(source);
    }
    for (const [source, tracks] of wanted) {
      const stream = this.sources.get(source) ?? this.world.stream();
      fill(stream, tracks);
      this.sources.set(source, stream);
    }
    if (programme.length > 0) {
      this.programmeStream ??= this.world.stream();
      fill(this.programmeStream, programme);
    }
    this.events.changed();
  }

  private enter(state: CallState): void {
    this.state = state;
    this.events.changed();
  }
}

/** Makes a stream hold exactly these tracks, so that elements that play it need no new stream. */
function fill(stream: MediaStream, tracks: MediaStreamTrack[]): void {
  for (const track of stream.getTracks()) {
    if (!tracks.includes(track)) stream.removeTrack(track);
  }
  for (const track of tracks) {
    if (!stream.getTracks().includes(track)) stream.addTrack(track);
  }
}
