/** How tracks are offered: codecs in the order the server likes them, and the simulcast layers of a camera. */
import type { TrackKind } from '@plenary/api/socket';

/** Camera layers for 1280 × 720: 320, 640 and 1280 wide. */
export const CAMERA_LAYERS: RTCRtpEncodingParameters[] = [
  { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 600_000 },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 2_000_000 },
];

/** A screen is sent once: text must stay sharp. */
export const SCREEN_LAYERS: RTCRtpEncodingParameters[] = [{ maxBitrate: 2_500_000 }];

/** The media type of a track kind. */
export function mediaOf(kind: TrackKind): 'video' | 'audio' {
  return kind.endsWith('video') ? 'video' : 'audio';
}

/** Whether the page sends this kind, rather than receiving it. */
export function sends(kind: TrackKind): boolean {
  return kind.startsWith('camera_') || kind.startsWith('screen_');
}

/** What `addTransceiver` gets for a kind. */
export function transceiverInit(kind: TrackKind): RTCRtpTransceiverInit {
  if (!sends(kind)) return { direction: 'recvonly' };
  if (kind === 'camera_video') return { direction: 'sendonly', sendEncodings: CAMERA_LAYERS };
  if (kind === 'screen_video') return { direction: 'sendonly', sendEncodings: SCREEN_LAYERS };
  return { direction: 'sendonly' };
}

/** Lower comes first; codecs that the server does not take are left out (null). */
function rank(codec: RTCRtpCodec): number | null {
  const type = codec.mimeType.toLowerCase();
  const line = codec.sdpFmtpLine ?? '';
  if (type === 'video/h264') {
    if (!line.includes('packetization-mode=1')) return 3;
    return /profile-level-id=42e0/i.test(line) ? 0 : 1;
  }
  if (type === 'video/vp8') return 2;
  return type === 'video/rtx' ? 4 : null;
}

/** H.264 constrained baseline first, VP8 where a browser has no H.264, nothing the server cannot use. */
export function videoCodecs(offered: readonly RTCRtpCodec[]): RTCRtpCodec[] {
  return offered
    .map((codec) => ({ codec, rank: rank(codec) }))
    .filter((entry): entry is { codec: RTCRtpCodec; rank: number } => entry.rank !== null)
    .sort((a, b) => a.rank - b.rank)
    .map((entry) => entry.codec);
}

/** Tells a transceiver its codecs; browsers without the call keep their own order. */
export function preferCodecs(transceiver: RTCRtpTransceiver, kind: TrackKind): void {
  if (mediaOf(kind) === 'audio' || typeof transceiver.setCodecPreferences !== 'function') return;
  const side = sends(kind) ? globalThis.RTCRtpSender : globalThis.RTCRtpReceiver;
  const codecs = videoCodecs(side?.getCapabilities('video')?.codecs ?? []);
  if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
}

/** Whether this browser decodes H.264, in which the programme comes back; a few have only VP8. */
export function showsProgramme(): boolean {
  const codecs = globalThis.RTCRtpReceiver?.getCapabilities('video')?.codecs;
  return codecs?.some(({ mimeType }) => mimeType.toLowerCase() === 'video/h264') ?? true;
}

/** Whether a source's stream has a picture; its tracks come and go while the stream stays the same. */
export function hasPicture(stream: MediaStream | undefined): boolean {
  return stream !== undefined && 0 < stream.getVideoTracks().length;
}
