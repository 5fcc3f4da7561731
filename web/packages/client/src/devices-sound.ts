/** Sound that a person checks: how loud the microphone is, a test tone, and the voices of the others. */

/** Quietest level that a meter shows, in dB below full scale. */
export const METER_FLOOR_DB = -60;

/** Loudness of samples (−1…1) in dB below full scale. */
export function levelDb(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  return rms === 0 ? METER_FLOOR_DB : Math.max(METER_FLOOR_DB, 20 * Math.log10(rms));
}

/** Share of a meter that is lit for a level, 0…1. */
export function meterShare(db: number): number {
  return Math.min(1, Math.max(0, 1 - db / METER_FLOOR_DB));
}

/** Measures one track until it is stopped. */
export class LevelMeter {
  private readonly context = new AudioContext();
  private readonly analyser = this.context.createAnalyser();
  private readonly samples: Float32Array<ArrayBuffer>;
  private readonly source: MediaStreamAudioSourceNode;

  constructor(track: MediaStreamTrack) {
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source = this.context.createMediaStreamSource(new MediaStream([track]));
    this.source.connect(this.analyser);
    void this.context.resume();
  }

  /** The level of the last 20 ms. */
  levelDb(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    return levelDb(this.samples);
  }

  stop(): void {
    this.source.disconnect();
    void this.context.close();
  }
}

/** Notes of the test tone, in Hz, and how long each sounds. */
const NOTES_HZ = [523.25, 659.25, 783.99];
const NOTE_S = 0.28;

/** Plays three rising notes on the chosen speaker; resolves when they have sounded. */
export async function playTestTone(speaker: string | null): Promise<void> {
  const context = new AudioContext();
  const output = context.createMediaStreamDestination();
  const gain = context.createGain();
  gain.connect(output);
  const start = context.currentTime + 0.1;
  gain.gain.setValueAtTime(0, start);
  NOTES_HZ.forEach((frequency, index) => {
    const oscillator = context.createOscillator();
    const at = start + index * NOTE_S;
    oscillator.frequency.value = frequency;
    oscillator.connect(gain);
    gain.gain.linearRampToValueAtTime(0.25, at + 0.03);
    gain.gain.linearRampToValueAtTime(0, at + NOTE_S);
    oscillator.start(at);
    oscillator.stop(at + NOTE_S);
  });
  const element = new Audio();
  element.srcObject = output.stream;
  await useSpeaker(element, speaker);
  await element.play();
  await new Promise((done) => setTimeout(done, (0.2 + NOTES_HZ.length * NOTE_S) * 1000));
  element.srcObject = null;
  await context.close();
}

/** Sends an element's sound to a speaker; a speaker that is gone leaves the default. */
export async function useSpeaker(element: HTMLMediaElement, speaker: string | null): Promise<void> {
  if (!('setSinkId' in element)) return;
  try {
    await element.setSinkId(speaker ?? '');
  } catch {
    await element.setSinkId('').catch(() => undefined);
  }
}

/** Plays every voice that arrives, one element for each track, on the chosen speaker. */
export class Voices {
  private readonly elements = new Map<MediaStreamTrack, HTMLAudioElement>();
  private speaker: string | null = null;

  /** The browser would not start sound without a tap. */
  blocked = false;

  constructor(private readonly changed: () => void) {}

  play(tracks: MediaStreamTrack[]): void {
    for (const [track, element] of this.elements) {
      if (tracks.includes(track)) continue;
      element.srcObject = null;
      this.elements.delete(track);
    }
    for (const track of tracks) {
      if (this.elements.has(track)) continue;
      const element = new Audio();
      element.srcObject = new MediaStream([track]);
      this.elements.set(track, element);
      void useSpeaker(element, this.speaker);
      element.play().catch((error: unknown) => this.refused(error));
    }
  }

  choose(speaker: string | null): void {
    this.speaker = speaker;
    for (const element of this.elements.values()) void useSpeaker(element, speaker);
  }

  /** Tries again, from within a tap. */
  unblock(): void {
    this.blocked = false;
    for (const element of this.elements.values()) void element.play().catch(() => undefined);
    this.changed();
  }

  private refused(error: unknown): void {
    if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
    this.blocked = true;
    this.changed();
  }
}
