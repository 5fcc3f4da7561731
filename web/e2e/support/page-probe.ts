/** Runs inside every page before its own scripts: eyes, ears and a stop watch for the tests. */

/** A request that changes the programme, by the wall clock of the machine. */
export interface Change {
  path: string;
  sentMs: number;
  answeredMs: number;
  status: number;
}

interface Probe {
  changes: Change[];
  pixels(video: HTMLVideoElement, width: number, height: number): string | null;
  hears(hz: number[]): Promise<{ loudestHz: number; db: number[] }[]>;
  plays(video: HTMLVideoElement, hz: number[]): { loudestHz: number; db: number[] }[];
  framesDecoded(): Promise<number>;
  sentCodecs(): Promise<string[]>;
  soundPacketBytes(): Promise<number[]>;
}

declare global {
  interface Window {
    __e2e: Probe;
  }
}

/** Installs `window.__e2e`; it must not refer to anything outside of itself. */
export function install(): void {
  const FFT = 8192;
  const HEARD_MS = 1500;
  const LISTEN_EVERY_MS = 80;
  const SILENT_DB = -70;

  type Spectrum = { at: number; db: Float32Array };
  type Ear = { analyser: AnalyserNode; spectra: Spectrum[] };

  const peers: RTCPeerConnection[] = [];
  const ears = new Map<string, Ear>();
  const changes: Change[] = [];
  let context: AudioContext | null = null;

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      peers.push(this);
    }
  };

  const fetched = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = new URL(url, location.href).pathname;
    const sentMs = Date.now();
    const response = await fetched(input, init);
    if (/\/(show|sources)\//.test(path)) {
      changes.push({ path, sentMs, answeredMs: Date.now(), status: response.status });
    }
    return response;
  };

  function ear(id: string, stream: () => MediaStream): Ear {
    const known = ears.get(id);
    if (known) return known;
    context ??= new AudioContext({ sampleRate: 48_000 });
    const analyser = new AnalyserNode(context, { fftSize: FFT, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(stream()).connect(analyser);
    const made: Ear = { analyser, spectra: [] };
    setInterval(() => {
      const db = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(db);
      const now = performance.now();
      made.spectra.push({ at: now, db });
      made.spectra = made.spectra.filter(({ at }) => now - at <= HEARD_MS);
    }, LISTEN_EVERY_MS);
    ears.set(id, made);
    return made;
  }

  /** Loudest within two bins of a frequency; a tone rarely falls on one exactly. */
  function near({ db }: Spectrum, hz: number): number {
    const bin = Math.round((hz * FFT) / 48_000);
    return Math.max(...db.subarray(bin - 2, bin + 3));
  }

  function heard({ spectra }: Ear, hz: number[]) {
    let loudest = { db: -Infinity, hz: 0 };
    for (const { db } of spectra) {
      for (let bin = 4; bin < db.length; bin += 1) {
        const level = db[bin] ?? -Infinity;
        if (level > loudest.db) loudest = { db: level, hz: (bin * 48_000) / FFT };
      }
    }
    if (loudest.db < SILENT_DB) return null;
    const db = hz.map((one) => Math.max(-200, ...spectra.map((spectrum) => near(spectrum, one))));
    return { loudestHz: loudest.hz, db };
  }

  function incoming(): MediaStreamTrack[] {
    return peers
      .filter((peer) => peer.connectionState === 'connected')
      .flatMap((peer) => peer.getReceivers().map(({ track }) => track))
      .filter((track) => track.kind === 'audio' && track.readyState === 'live');
  }

  /** Chromium gives WebAudio an incoming track only while an element plays it. */
  function pull(stream: MediaStream): MediaStream {
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    void element.play();
    return stream;
  }

  window.__e2e = {
    changes,
    pixels(video, width, height) {
      if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return null;
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const drawing = canvas.getContext('2d', { willReadFrequently: true });
      if (!drawing) return null;
      drawing.drawImage(video, 0, 0, width, height);
      const { data } = drawing.getImageData(0, 0, width, height);
      return btoa(data.reduce((text, byte) => text + String.fromCharCode(byte), ''));
    },
    async hears(hz) {
      return incoming().flatMap((track) => {
        const one = heard(ear(track.id, () => pull(new MediaStream([track]))), hz);
        return one ? [one] : [];
      });
    },
    plays(video, hz) {
      const capture = video as HTMLVideoElement & { captureStream(): MediaStream };
      if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return [];
      const one = heard(ear(`element-${video.currentSrc}`, () => capture.captureStream()), hz);
      return one ? [one] : [];
    },
    async framesDecoded() {
      let frames = 0;
      for (const peer of peers) {
        for (const stat of (await peer.getStats()).values()) {
          if (stat.type === 'inbound-rtp' && stat.kind === 'video') frames += stat.framesDecoded ?? 0;
        }
      }
      return frames;
    },
    async soundPacketBytes() {
      const means: number[] = [];
      for (const peer of peers) {
        for (const stat of (await peer.getStats()).values()) {
          if (stat.type !== 'inbound-rtp' || stat.kind !== 'audio' || !stat.packetsReceived) continue;
          means.push(stat.bytesReceived / stat.packetsReceived);
        }
      }
      return means;
    },
    async sentCodecs() {
      const codecs = new Set<string>();
      for (const peer of peers) {
        const stats = await peer.getStats();
        for (const stat of stats.values()) {
          if (stat.type !== 'outbound-rtp' || stat.kind !== 'video' || !stat.active) continue;
          if (stat.codecId) codecs.add(stats.get(stat.codecId).mimeType);
        }
      }
      return [...codecs];
    },
  };
}
