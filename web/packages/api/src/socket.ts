/** The messages on the sockets of stage and studio, as docs/protocol.md has them. */
import type { Card, LayoutTiles, Show } from './types';

export type TrackKind =
  | 'camera_video'
  | 'camera_audio'
  | 'screen_video'
  | 'screen_audio'
  | 'video'
  | 'audio'
  | 'programme_video'
  | 'programme_audio';

/** What the page says. */
export type FromPage =
  | { type: 'offer'; sdp: string; tracks: { mid: string; kind: TrackKind }[]; fresh?: boolean }
  | { type: 'wants'; pictures: { source: string; width: number }[]; programme: boolean }
  | { type: 'muted'; microphone: boolean; camera: boolean }
  | { type: 'hand'; raised: boolean }
  | { type: 'leave' };

/** What the server says. */
export type FromServer =
  | {
      type: 'welcome';
      event: string;
      seat: string | null;
      card: Card;
      ice_servers: RTCIceServer[];
      layouts: LayoutTiles[];
    }
  | { type: 'answer'; sdp: string }
  | { type: 'slots'; video: number; audio: number }
  | { type: 'map'; slots: { mid: string; source: string | null }[] }
  | { type: 'roster'; people: Person[] }
  | { type: 'speaking'; seat: string | null }
  | { type: 'show'; show: Show }
  | { type: 'sources'; sources: Source[] }
  | {
      type: 'health';
      encoder: 'ok' | 'late' | 'restarting';
      recording: 'ok' | 'failed';
      viewers: number;
      cpu_percent: number;
      on_air_ms: number;
      notices: string[];
    }
  | { type: 'refused'; code: string; message: string }
  | { type: 'closed'; code: 'elsewhere' | 'removed' | 'restart' };

export type Tally = 'off' | 'next' | 'on_air';

export type Person = {
  seat: string;
  card: Card;
  connected: boolean;
  microphone: boolean;
  camera: boolean;
  screen: boolean;
  hand: boolean;
  tally: Tally;
};

export type Source = {
  id: string;
  kind: 'camera' | 'screen' | 'clip';
  card: Card;
  connected: boolean;
  level_db: number;
  loss_percent: number;
  width: number;
  height: number;
  muted: boolean;
  picture: 'live' | 'held' | 'card' | 'none';
  tally: Tally;
};
