/** A speaker's own camera, microphone, speaker and screen, and what of it goes out. */
import {
  listDevices,
  openBoth,
  openCamera,
  openMicrophone,
  openScreen,
  rememberChoice,
  rememberedChoice,
  type Choice,
  type DeviceKind,
  type Screen,
  type Track,
} from './devices';

export type OwnDevices = {
  camera: Track;
  microphone: Track;
  screen: Screen | null;
  microphoneOn: boolean;
  cameraOn: boolean;
  choice: Choice;
  lists: Record<DeviceKind, MediaDeviceInfo[]>;
};

const live = (track: Track): MediaStreamTrack | null => (track.at === 'ready' ? track.track : null);

export class Devices {
  private own: OwnDevices = {
    camera: { at: 'asking' },
    microphone: { at: 'asking' },
    screen: null,
    microphoneOn: true,
    cameraOn: true,
    choice: rememberedChoice(),
    lists: { videoinput: [], audioinput: [], audiooutput: [] },
  };
  private readonly relist = () => void this.list();

  constructor(private readonly changed: () => void) {}

  get now(): OwnDevices {
    return this.own;
  }

  get cameraTrack(): MediaStreamTrack | null {
    return this.own.cameraOn ? live(this.own.camera) : null;
  }

  get microphoneTrack(): MediaStreamTrack | null {
    return live(this.own.microphone);
  }

  /** Asks for camera and microphone, and lists what else there is. */
  async start(): Promise<void> {
    navigator.mediaDevices.addEventListener('devicechange', this.relist);
    this.set({ camera: { at: 'asking' }, microphone: { at: 'asking' } });
    const both = await openBoth(this.own.choice);
    this.set({ camera: this.watched(both.camera), microphone: this.watched(both.microphone) });
    this.applyMicrophone();
    await this.list();
  }

  stop(): void {
    navigator.mediaDevices?.removeEventListener('devicechange', this.relist);
    live(this.own.camera)?.stop();
    live(this.own.microphone)?.stop();
    this.stopScreen();
  }

  async chooseCamera(device: string | null): Promise<void> {
    this.choose({ camera: device });
    if (this.own.cameraOn) await this.reopenCamera();
  }

  async chooseMicrophone(device: string | null): Promise<void> {
    this.choose({ microphone: device });
    await this.reopenMicrophone();
  }

  chooseSpeaker(device: string | null): void {
    this.choose({ speaker: device });
  }

  /** A microphone that is off sends silence: the connection stays as it is. */
  setMicrophone(on: boolean): void {
    this.set({ microphoneOn: on });
    this.applyMicrophone();
  }

  /** A camera that is off is closed, so that its light goes out. */
  async setCamera(on: boolean): Promise<void> {
    this.set({ cameraOn: on });
    if (on) return this.reopenCamera();
    live(this.own.camera)?.stop();
    this.changed();
  }

  async startScreen(): Promise<void> {
    const screen = await openScreen();
    if (screen === null) return;
    screen.video.addEventListener('ended', () => {
      if (this.own.screen === screen) this.stopScreen();
    });
    this.set({ screen });
  }

  stopScreen(): void {
    this.own.screen?.video.stop();
    this.own.screen?.audio?.stop();
    this.set({ screen: null });
  }

  private async reopenCamera(): Promise<void> {
    live(this.own.camera)?.stop();
    const camera = this.watched(await openCamera(this.own.choice.camera));
    if (!this.own.cameraOn) live(camera)?.stop();
    this.set({ camera });
  }

  private async reopenMicrophone(): Promise<void> {
    live(this.own.microphone)?.stop();
    this.set({ microphone: this.watched(await openMicrophone(this.own.choice.microphone)) });
    this.applyMicrophone();
  }

  private applyMicrophone(): void {
    const track = live(this.own.microphone);
    if (track) track.enabled = this.own.microphoneOn;
  }

  /** A device that is pulled out is replaced by another one, when there is one. */
  private watched(track: Track): Track {
    const device = live(track);
    device?.addEventListener('ended', () => {
      if (live(this.own.camera) === device) void this.reopenCamera();
      if (live(this.own.microphone) === device) void this.reopenMicrophone();
    });
    return track;
  }

  private async list(): Promise<void> {
    this.set({ lists: await listDevices() });
  }

  private choose(choice: Partial<Choice>): void {
    this.set({ choice: { ...this.own.choice, ...choice } });
    rememberChoice(this.own.choice);
  }

  private set(change: Partial<OwnDevices>): void {
    this.own = { ...this.own, ...change };
    this.changed();
  }
}
