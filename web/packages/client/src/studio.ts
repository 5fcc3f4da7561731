/** The director's page: the show as the server has it, the preview as the director leaves it, and every command. */
import type { Api } from '@plenary/api/client';
import type { Source } from '@plenary/api/socket';
import type { LayoutTiles, LowerThird, Problem, Scene, Show } from '@plenary/api/types';

import type { Answer } from './answer';
import { Connection, type PageMessage } from './connection';
import type { CallState } from './rtc';
import type { EndedWhy, Link } from './socket';
import type { Health } from './socket-messages';
import type { Wants } from './socket-wants';
import type { StudioCommand } from './studio-keys';
import { eventTitle, openSession, Requests } from './studio-requests';
import { introduce, layoutAt, nextPlace, tilesOf, withLayout, withSource } from './studio-scene';

export type Entry =
  | { at: 'entering' }
  | { at: 'open' }
  | { at: 'refused'; problem: Problem }
  | { at: 'gone'; why: EndedWhy };

/** A sentence that goes away by itself or by a tap. */
export type Notice = { kind: 'conflict' } | { kind: 'problem'; problem: Problem };

export type StudioView = {
  entry: Entry;
  link: Link;
  call: CallState;
  title: string;
  show: Show | null;
  /** The preview with the changes that are still on their way. */
  preview: Scene | null;
  layouts: LayoutTiles[];
  sources: Source[];
  health: Health | null;
  /** The place of the preview that the next source goes to. */
  place: number;
  transition: 'cut' | 'fade';
  fadeMs: number;
  /** What the director typed for the lower third; empty: whoever stands in front. */
  lowerThird: LowerThird;
  locked: boolean;
  keyMap: boolean;
  notice: Notice | null;
  /** Whether this show was seen to direct itself, so that it can be let do so again. */
  directsItself: boolean;
  streams: ReadonlyMap<string, MediaStream>;
  /** Sources whose picture this browser cannot decode. */
  undecodable: ReadonlySet<string>;
  programme: MediaStream | null;
};

export class Studio {
  private readonly requests: Requests;
  private readonly connection: Connection;
  private own: Omit<StudioView, 'link' | 'call' | 'streams' | 'undecodable' | 'programme' | 'preview'> = {
    entry: { at: 'entering' },
    title: '',
    show: null,
    layouts: [],
    sources: [],
    health: null,
    place: 0,
    transition: 'cut',
    fadeMs: 500,
    lowerThird: { name: '', detail: '' },
    locked: false,
    keyMap: false,
    notice: null,
    directsItself: false,
  };
  /** The preview as it will be once the changes on their way are answered. */
  private pending: Scene | null = null;
  /** A server that comes back may count from an older revision. */
  private revisionKnown = false;

  constructor(
    private readonly api: Api,
    private readonly event: string,
    private readonly changed: () => void,
  ) {
    this.requests = new Requests(api, event);
    this.connection = new Connection(
      `/api/events/${encodeURIComponent(event)}/studio/socket`,
      ['programme_audio', 'programme_video'],
      {
        message: (message) => this.heard(message),
        link: (link) => this.linked(link),
        call: () => this.changed(),
      },
    );
  }

  /** The pictures that the page shows. */
  get wants(): Wants {
    return this.connection.wants;
  }

  get view(): StudioView {
    const { call, link } = this.connection;
    return {
      ...this.own,
      preview: this.pending ?? this.own.show?.preview ?? null,
      link,
      call: call.current,
      streams: new Map(call.sources),
      undecodable: call.undecodable,
      programme: call.programme,
    };
  }

  /** Enters with the token of the address, or with the cookie of an earlier visit. */
  async start(token: string | null): Promise<void> {
    if (token !== null) {
      const session = await openSession(this.api, token);
      if ('problem' in session) {
        this.set({ entry: { at: 'refused', problem: session.problem } });
        return;
      }
    }
    this.set({ entry: { at: 'open' }, title: (await eventTitle(this.api, this.event)) ?? '' });
    this.wants.programme(true);
    this.connection.start();
  }

  stop(): void {
    this.connection.stop();
  }

  /** Does what a key or a button says. */
  run(command: StudioCommand): void {
    switch (command.do) {
      case 'source':
        return this.putSource(this.own.sources[command.index]?.id ?? null);
      case 'take':
        return void this.take(this.own.transition);
      case 'transition':
        return this.set({ transition: command.kind });
      case 'layout':
        return this.layout(command.index);
      case 'swap':
        return void this.take('cut');
      case 'lower_third':
        return void this.toggleLowerThird();
      case 'mute':
        return this.toggleMute(this.own.sources[command.index]?.id ?? null);
      case 'slate':
        return void this.toggleSlate();
      case 'undo':
        return void this.undo();
      case 'key_map':
        return this.set({ keyMap: !this.own.keyMap });
      case 'place':
        return this.stepPlace(command.step);
      case 'clear':
        return this.putAt(this.own.place, null);
      default:
        command satisfies never;
    }
  }

  /** Puts a source into the chosen place and moves on to the next one. */
  putSource(source: string | null): void {
    const preview = this.view.preview;
    if (source === null || preview === null) return;
    const place = Math.min(this.own.place, preview.places.length - 1);
    this.putAt(place, source);
    this.choosePlace(nextPlace(preview.places.length, place));
  }

  putAt(place: number, source: string | null): void {
    const preview = this.view.preview;
    if (preview !== null && place < preview.places.length) {
      this.change(withSource(preview, place, source));
    }
  }

  choosePlace(place: number): void {
    this.set({ place });
  }

  setFade(ms: number): void {
    this.set({ transition: 'fade', fadeMs: ms });
  }

  typeLowerThird(lowerThird: LowerThird): void {
    this.set({ lowerThird });
  }

  /** Writes the lower third that would go on air into the preview, or takes it out. */
  lowerThirdInPreview(on: boolean): void {
    const preview = this.view.preview;
    if (preview === null) return;
    this.change({ ...preview, lower_third: on ? this.lowerThirdFor(preview) : null });
  }

  setLock(locked: boolean): void {
    this.set({ locked });
  }

  direct(mode: Show['direction']): void {
    void this.send(this.requests.direction(mode));
  }

  toggleMute(source: string | null): void {
    const show = this.own.show;
    if (source !== null && show !== null) {
      void this.send(this.requests.mute(source, !show.muted.includes(source)));
    }
  }

  /** Ends the event for good; the server then says goodbye to every page. */
  async end(): Promise<void> {
    const problem = await this.requests.close();
    if (problem !== null) this.set({ notice: { kind: 'problem', problem } });
  }

  dismiss(): void {
    this.set({ notice: null });
  }

  private layout(index: number): void {
    const preview = this.view.preview;
    const tiles = layoutAt(this.own.layouts, index);
    if (preview === null || tiles === null) return;
    this.change(withLayout(preview, tiles));
    this.choosePlace(Math.min(this.own.place, tiles.tiles.length - 1));
  }

  private stepPlace(step: 1 | -1): void {
    const preview = this.view.preview;
    if (preview === null) return;
    const count = tilesOf(this.own.layouts, preview.layout).length;
    if (count > 0) this.choosePlace((this.own.place + step + count) % count);
  }

  private change(scene: Scene): void {
    this.pending = scene;
    this.changed();
    void this.send(this.requests.preview(scene));
  }

  private async undo(): Promise<void> {
    await this.send(this.requests.undo());
  }

  /** What the director saw when pressing decides, unless own changes are still on their way. */
  private async take(kind: 'cut' | 'fade'): Promise<void> {
    const show = this.own.show;
    if (show === null) return;
    const own = this.requests.busy;
    const transition = kind === 'cut' ? { kind } : { kind, ms: this.own.fadeMs };
    await this.send(
      this.requests.take(transition, () => (own ? (this.own.show?.revision ?? 0) : show.revision)),
    );
  }

  private async toggleLowerThird(): Promise<void> {
    const show = this.own.show;
    if (show === null || show.programme.kind === 'slate') return;
    const scene = show.programme.scene;
    const next = scene.lower_third === null ? this.lowerThirdFor(scene) : null;
    if (next !== null || scene.lower_third !== null) await this.send(this.requests.lowerThird(next));
  }

  private lowerThirdFor(scene: Scene): LowerThird | null {
    const typed = this.own.lowerThird;
    return typed.name.trim() === '' ? introduce(scene, this.own.sources) : typed;
  }

  private async toggleSlate(): Promise<void> {
    const show = this.own.show;
    if (show !== null) await this.send(this.requests.slate(show.programme.kind !== 'slate'));
  }

  private async send(request: Promise<Answer<Show>>): Promise<void> {
    const answered = await request;
    if (!this.requests.busy) this.pending = null;
    if ('ok' in answered) {
      this.showChanged(answered.ok);
      return;
    }
    const { problem } = answered;
    const conflict = problem.code === 'show_changed';
    this.set({ notice: conflict ? { kind: 'conflict' } : { kind: 'problem', problem } });
  }

  /** Answers and messages can overtake one another; the newer revision stays. */
  private showChanged(show: Show): void {
    const known = this.own.show;
    const newer = known === null || !this.revisionKnown || known.revision <= show.revision;
    this.revisionKnown = true;
    const directsItself = this.own.directsItself || show.direction === 'automatic';
    if (newer) this.set({ show, directsItself });
    else this.changed();
  }

  private heard(message: PageMessage): void {
    switch (message.type) {
      case 'welcome':
        this.set({ layouts: message.layouts });
        this.revisionKnown = false;
        break;
      case 'show':
        this.showChanged(message.show);
        break;
      case 'sources':
        this.set({ sources: message.sources });
        break;
      case 'health':
        this.set({ health: message });
        break;
      case 'refused':
        this.refused(message.code, message.message);
        break;
      case 'roster':
      case 'speaking':
      case 'closed':
        break;
      default:
        message satisfies never;
    }
  }

  private refused(code: string, detail: string): void {
    this.set({ notice: { kind: 'problem', problem: { status: 0, code, detail } } });
  }

  private linked(link: Link): void {
    if (link.at === 'ended' && link.why !== 'left') {
      this.connection.stop();
      this.set({ entry: { at: 'gone', why: link.why } });
    }
    this.changed();
  }

  private set(change: Partial<typeof this.own>): void {
    this.own = { ...this.own, ...change };
    this.changed();
  }
}
