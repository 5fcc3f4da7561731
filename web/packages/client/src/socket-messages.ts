/** Reads messages of the stage and studio sockets, and the names that sources have in them. */
import type { FromPage, FromServer, TrackKind } from '@plenary/api/socket';

export type Offer = Extract<FromPage, { type: 'offer' }>;
export type OfferedTrack = { mid: string; kind: TrackKind };
export type WantedPicture = { source: string; width: number };
export type MappedSlot = { mid: string; source: string | null };
export type Welcome = Extract<FromServer, { type: 'welcome' }>;
export type Health = Extract<FromServer, { type: 'health' }>;
export type ClosedCode = Extract<FromServer, { type: 'closed' }>['code'];

const HEARD: Record<FromServer['type'], true> = {
  welcome: true,
  answer: true,
  slots: true,
  map: true,
  renegotiate: true,
  roster: true,
  speaking: true,
  show: true,
  sources: true,
  health: true,
  refused: true,
  closed: true,
};

/** Reads one message; null for one that this page does not know. */
export function readMessage(text: string): FromServer | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  return String(message.type) in HEARD ? (message as FromServer) : null;
}

/** The source that a seat's camera and microphone are. */
export function cameraOf(seat: string): string {
  return seat.replace(/^seat_/, 'cam_');
}

/** The source that a seat's shared screen is. */
export function screenOf(seat: string): string {
  return seat.replace(/^seat_/, 'scr_');
}

/** The seat behind a camera or a screen; null for a clip. */
export function seatOf(source: string): string | null {
  return /^(cam|scr)_/.test(source) ? source.replace(/^(cam|scr)_/, 'seat_') : null;
}
