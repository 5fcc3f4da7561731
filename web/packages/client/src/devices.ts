/** Cameras, microphones and speakers: asking for them, choosing among them, and saying what is wrong with them. */

export type DeviceKind = 'videoinput' | 'audioinput' | 'audiooutput';

export type Choice = { camera: string | null; microphone: string | null; speaker: string | null };

/** Why there is no picture or no sound, in words that lead to a remedy. */
export type DeviceTrouble = 'denied' | 'dismissed' | 'none' | 'busy' | 'failed';

export type Track =
  | { at: 'asking' }
  | { at: 'ready'; track: MediaStreamTrack }
  | { at: 'trouble'; trouble: DeviceTrouble };

/** Which browser the advice is for: the place of the permission switch differs. */
export type BrowserFamily = 'chromium' | 'firefox' | 'safari' | 'ios' | 'wechat' | 'other';

export function browserFamily(agent: string): BrowserFamily {
  if (/MicroMessenger/i.test(agent)) return 'wechat';
  if (/iPhone|iPad/i.test(agent)) return 'ios';
  if (/Firefox\//i.test(agent)) return 'firefox';
  if (/Chrom(e|ium)\//i.test(agent)) return 'chromium';
  return /Safari\//i.test(agent) ? 'safari' : 'other';
}

/** Whether this page may use cameras at all, and if not, why. */
export function mediaSupport(): 'ok' | 'insecure' | 'browser' {
  if (!window.isSecureContext) return 'insecure';
  const able = typeof navigator.mediaDevices?.getUserMedia === 'function';
  return able && 'RTCPeerConnection' in window ? 'ok' : 'browser';
}

/** Names the trouble behind an error of `getUserMedia`. */
export function troubleOf(error: unknown): DeviceTrouble {
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
      return /dismissed/i.test((error as DOMException).message) ? 'dismissed' : 'denied';
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

const exactly = (device: string | null): { deviceId?: ConstrainDOMString } =>
  device === null ? {} : { deviceId: { exact: device } };

function cameraWish(device: string | null): MediaTrackConstraints {
  return {
    ...exactly(device),
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
  };
}

function microphoneWish(device: string | null): MediaTrackConstraints {
  return {
    ...exactly(device),
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
  };
}

async function open(wish: MediaStreamConstraints): Promise<Track> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(wish);
    const track = stream.getTracks()[0];
    return track ? { at: 'ready', track } : { at: 'trouble', trouble: 'none' };
  } catch (error) {
    return { at: 'trouble', trouble: troubleOf(error) };
  }
}

/** Opens a camera at 1280 × 720 (null: the browser's choice; also when the chosen one is gone). */
export async function openCamera(device: string | null): Promise<Track> {
  const track = await open({ video: cameraWish(device) });
  if (track.at === 'trouble' && track.trouble === 'none' && device !== null) return openCamera(null);
  if (track.at === 'ready') track.track.contentHint = 'motion';
  return track;
}

/** Opens a microphone with echo cancellation (null: the browser's choice). */
export async function openMicrophone(device: string | null): Promise<Track> {
  const track = await open({ audio: microphoneWish(device) });
  if (track.at === 'trouble' && track.trouble === 'none' && device !== null) {
    return openMicrophone(null);
  }
  if (track.at === 'ready') track.track.contentHint = 'speech';
  return track;
}

/** Asks for both with one question, so that the browser shows one dialogue; each may fail alone. */
export async function openBoth(choice: Choice): Promise<{ camera: Track; microphone: Track }> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: cameraWish(choice.camera),
      audio: microphoneWish(choice.microphone),
    });
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    if (video && audio) {
      video.contentHint = 'motion';
      audio.contentHint = 'speech';
      return { camera: { at: 'ready', track: video }, microphone: { at: 'ready', track: audio } };
    }
  } catch {
    // One of the two is missing or refused: the single questions below find out which.
  }
  const microphone = await openMicrophone(choice.microphone);
  const camera = await openCamera(choice.camera);
  return { camera, microphone };
}

export type Screen = { video: MediaStreamTrack; audio: MediaStreamTrack | null };

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/** Asks which screen to share, with its sound where the browser can; null when the person thinks better of it. */
export async function openScreen(): Promise<Screen | null> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 30, max: 30 }, width: { max: 1920 }, height: { max: 1080 } },
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    if (!video) return null;
    video.contentHint = 'detail';
    if (audio) audio.contentHint = 'music';
    return { video, audio: audio ?? null };
  } catch {
    return null;
  }
}

/** The devices of a kind that have been named; before permission browsers hide the names. */
export async function listDevices(): Promise<Record<DeviceKind, MediaDeviceInfo[]>> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: DeviceKind) =>
    all.filter((device) => device.kind === kind && device.deviceId !== '');
  return { videoinput: of('videoinput'), audioinput: of('audioinput'), audiooutput: of('audiooutput') };
}

/** Whether this browser lets a page choose the speaker. */
export function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

const STORED_UNDER = 'plenary.devices';

/** The devices that were chosen last on this machine. */
export function rememberedChoice(): Choice {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED_UNDER) ?? '{}');
    const text = (key: string) => {
      const value = (stored as Record<string, unknown> | null)?.[key];
      return typeof value === 'string' ? value : null;
    };
    return { camera: text('camera'), microphone: text('microphone'), speaker: text('speaker') };
  } catch {
    return { camera: null, microphone: null, speaker: null };
  }
}

export function rememberChoice(choice: Choice): void {
  try {
    localStorage.setItem(STORED_UNDER, JSON.stringify(choice));
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
  }
}
