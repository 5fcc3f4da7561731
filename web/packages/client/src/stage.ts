/** One speaker's page: socket, call, devices and state brought together behind commands and one view. */
import type { Person } from '@plenary/api/socket';
import type { Card } from '@plenary/api/types';

import { Connection, type PageMessage } from './connection';
import type { CallState } from './rtc';
import { NO_QUALITY, QualityMeter, type LinkQuality } from './rtc-stats';
import type { EndedWhy, Link } from './socket';
import { cameraOf, type Welcome } from './socket-messages';
import type { Wants } from './socket-wants';
import { mediaSupport } from './devices';
import { Voices } from './devices-sound';
import { Devices, type OwnDevices } from './stage-devices';
import { after, tallyOf, type StageState, type StageStep } from './stage-state';

const QUALITY_EVERY_MS = 2_000;

export type StageView = {
  support: 'ok' | 'insecure' | 'browser';
  state: StageState;
  link: Link;
  call: CallState;
  /** The event's id, once the server has said it. */
  event: string | null;
  seat: string | null;
  card: Card | null;
  people: Person[];
  speaking: string | null;
  hand: boolean;
  own: OwnDevices;
  quality: LinkQuality;
  streams: ReadonlyMap<string, MediaStream>;
  /** Sources whose picture this browser cannot decode. */
  undecodable: ReadonlySet<string>;
  programme: MediaStream | null;
  programmeSound: boolean;
  soundBlocked: boolean;
  /** Why the server did not act on the last message, as a sentence. */
  refused: string | null;
};

export class Stage {
  private readonly connection: Connection;
  private readonly devices = new Devices(() => this.devicesChanged());
  private readonly voices = new Voices(() => this.changed());
  private readonly support = mediaSupport();
  private state: StageState = { at: 'check' };
  private welcome: Welcome | null = null;
  private people: Person[] = [];
  private speaking: string | null = null;
  private hand = false;
  private programmeSound = false;
  private refused: string | null = null;
  private meter = new QualityMeter();
  private quality: LinkQuality = NO_QUALITY;
  private timer: number | null = null;
  private mutedTold = '';

  constructor(
    token: string,
    private readonly changed: () => void,
  ) {
    this.connection = new Connection(
      `/api/stage/${encodeURIComponent(token)}/socket`,
      ['camera_audio', 'camera_video', 'programme_audio', 'programme_video'],
      {
        message: (message) => this.heard(message),
        link: (link) => this.linked(link),
        call: () => this.callChanged(),
      },
    );
  }

  /** The pictures that the page shows. */
  get wants(): Wants {
    return this.connection.wants;
  }

  get view(): StageView {
    const { call, link } = this.connection;
    return {
      support: this.support,
      state: this.state,
      link,
      call: call.current,
      event: this.welcome?.event ?? null,
      seat: this.welcome?.seat ?? null,
      card: this.welcome?.card ?? null,
      people: this.people,
      speaking: this.speaking,
      hand: this.hand,
      own: this.devices.now,
      quality: this.quality,
      streams: new Map(call.sources),
      undecodable: call.undecodable,
      programme: call.programme,
      programmeSound: this.programmeSound,
      soundBlocked: this.voices.blocked,
      refused: this.refused,
    };
  }

  /** Asks for the devices and connects; the camera is not sent before `enter`. */
  start(): void {
    if (this.support !== 'ok') return;
    this.timer = window.setInterval(() => void this.measure(), QUALITY_EVERY_MS);
    this.connection.start();
    void this.devices.start();
  }

  /** Gives everything back; the page is going away. */
  stop(): void {
    if (this.timer !== null) window.clearInterval(this.timer);
    this.timer = null;
    this.connection.stop();
    this.voices.play([]);
    this.devices.stop();
  }

  askDevicesAgain(): void {
    void this.devices.start();
  }

  chooseCamera(device: string | null): void {
    void this.devices.chooseCamera(device);
  }

  chooseMicrophone(device: string | null): void {
    void this.devices.chooseMicrophone(device);
  }

  chooseSpeaker(device: string | null): void {
    this.devices.chooseSpeaker(device);
    this.voices.choose(device);
  }

  enter(): void {
    this.step({ step: 'enter' });
    this.ownTally();
    this.wants.programme(true);
    this.devicesChanged();
    this.callChanged();
    this.voices.choose(this.devices.now.choice.speaker);
  }

  toggleMicrophone(): void {
    this.devices.setMicrophone(!this.devices.now.microphoneOn);
  }

  toggleCamera(): void {
    void this.devices.setCamera(!this.devices.now.cameraOn);
  }

  toggleScreen(): void {
    if (this.devices.now.screen) this.devices.stopScreen();
    else void this.devices.startScreen();
  }

  toggleHand(): void {
    this.hand = !this.hand;
    this.connection.send({ type: 'hand', raised: this.hand });
    this.changed();
  }

  /** Sound of films and clips; people are heard directly. */
  toggleProgrammeSound(): void {
    this.programmeSound = !this.programmeSound;
    this.callChanged();
  }

  unblockSound(): void {
    this.voices.unblock();
  }

  leave(): void {
    this.connection.send({ type: 'leave' });
    this.connection.stop('left');
  }

  private heard(message: PageMessage): void {
    switch (message.type) {
      case 'welcome':
        this.welcome = message;
        this.refused = null;
        this.tellAll();
        break;
      case 'roster':
        this.rosterChanged(message.people);
        break;
      case 'speaking':
        this.speaking = message.seat;
        break;
      case 'refused':
        this.refused = message.message;
        break;
      case 'closed':
      case 'show':
      case 'sources':
      case 'health':
        break;
      default:
        message satisfies never;
    }
    this.changed();
  }

  private linked(link: Link): void {
    if (link.at === 'ended') this.end(link.why);
    this.changed();
  }

  private end(why: EndedWhy): void {
    this.step({ step: 'end', why });
    this.stop();
  }

  private rosterChanged(people: Person[]): void {
    this.people = people;
    this.ownTally();
  }

  private ownTally(): void {
    const me = this.people.find((person) => person.seat === this.welcome?.seat);
    if (me) this.step({ step: 'tally', tally: me.tally });
  }

  /** A new connection knows nothing of this page. */
  private tellAll(): void {
    this.mutedTold = '';
    this.tellMuted();
    if (this.hand) this.connection.send({ type: 'hand', raised: true });
  }

  private tellMuted(): void {
    const { microphoneOn, cameraOn, camera, microphone } = this.devices.now;
    const inside = this.state.at !== 'check';
    const muted = {
      microphone: !(inside && microphoneOn && microphone.at === 'ready'),
      camera: !(inside && cameraOn && camera.at === 'ready'),
    };
    const telling = JSON.stringify(muted);
    if (telling === this.mutedTold) return;
    this.mutedTold = telling;
    this.connection.send({ type: 'muted', ...muted });
  }

  private devicesChanged(): void {
    if (this.state.at === 'backstage' || this.state.at === 'on_air') {
      const { call } = this.connection;
      const screen = this.devices.now.screen;
      call.send('camera_audio', this.devices.microphoneTrack);
      call.send('camera_video', this.devices.cameraTrack);
      call.send('screen_video', screen?.video ?? null);
      call.send('screen_audio', screen?.audio ?? null);
    }
    this.tellMuted();
    this.changed();
  }

  private callChanged(): void {
    if (this.state.at === 'backstage' || this.state.at === 'on_air') this.voices.play(this.heardTracks());
    this.changed();
  }

  /** The voices of the others, and the programme's return when it is switched on. */
  private heardTracks(): MediaStreamTrack[] {
    const own = this.welcome?.seat ? cameraOf(this.welcome.seat) : null;
    const others = [...this.connection.call.sources]
      .filter(([source]) => source !== own)
      .flatMap(([, stream]) => stream.getAudioTracks());
    const back = this.programmeSound ? (this.connection.call.programme?.getAudioTracks() ?? []) : [];
    return [...others, ...back];
  }

  private async measure(): Promise<void> {
    const report = await this.connection.call.stats();
    if (report) this.quality = this.meter.read(report as unknown as Iterable<[string, unknown]>);
    this.changed();
  }

  private step(step: StageStep): void {
    this.state = after(this.state, step);
    document.documentElement.dataset.tally = tallyOf(this.state);
  }
}
