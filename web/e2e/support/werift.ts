/** A speaker whose WebRTC is werift's (npm, written in TypeScript): ffmpeg encodes, werift sends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { MediaStreamTrack, RTCPeerConnection, RtpPacket, useOPUS, useVP8 } from 'werift';

import type { Persona } from './devices';
import { SeatSocket } from './seat';

export class WeriftSpeaker {
  private constructor(
    private readonly peer: RTCPeerConnection,
    private readonly seat: SeatSocket,
    private readonly feeds: Feed[],
    readonly camera: string,
  ) {}

  /** Takes the seat behind a stage link and sends colour and tone in VP8 and Opus. */
  static async join(link: string, { colour, hz }: Persona): Promise<WeriftSpeaker> {
    const peer = new RTCPeerConnection({ codecs: { video: [useVP8()], audio: [useOPUS()] } });
    const [video, audio] = [
      new MediaStreamTrack({ kind: 'video' }),
      new MediaStreamTrack({ kind: 'audio' }),
    ];
    peer.addTransceiver(video, { direction: 'sendonly' });
    peer.addTransceiver(audio, { direction: 'sendonly' });
    await peer.setLocalDescription(await peer.createOffer());
    const seat = await SeatSocket.open(link);
    const [first, second] = peer.getTransceivers().map(({ mid }) => mid ?? '');
    const answer = await seat.offer(peer.localDescription?.sdp ?? '', [
      { mid: first ?? '', kind: 'camera_video' },
      { mid: second ?? '', kind: 'camera_audio' },
    ]);
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    const hex = colour.map((part) => part.toString(16).padStart(2, '0')).join('');
    // A keyframe twice a second: werift passes on requests for one, ffmpeg hears of none.
    const picture = ['-i', `color=0x${hex}:s=640x360:r=15,format=yuv420p`, '-c:v', 'libvpx'];
    const quick = ['-deadline', 'realtime', '-cpu-used', '8', '-g', '8', '-auto-alt-ref', '0'];
    const sound = ['-i', `sine=f=${hz}:r=48000`, '-c:a', 'libopus', '-page_duration', '20000'];
    const feeds = [
      await Feed.start([...picture, ...quick], video),
      await Feed.start(sound, audio),
    ];
    return new WeriftSpeaker(peer, seat, feeds, await seat.camera());
  }

  async leave(): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.stop()));
    this.seat.say({ type: 'leave' });
    this.seat.close();
    await this.peer.close();
  }
}

/** RTP of one ffmpeg into one track. */
class Feed {
  private constructor(
    private readonly child: ChildProcess,
    private readonly socket: Socket,
  ) {}

  static async start(graph: string[], track: MediaStreamTrack): Promise<Feed> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (packet) => track.writeRtp(RtpPacket.deSerialize(packet)));
    const target = `rtp://127.0.0.1:${socket.address().port}?pkt_size=1100`;
    const child = spawn('ffmpeg', ['-v', 'error', '-re', '-f', 'lavfi', ...graph, '-f', 'rtp', target], {
      stdio: 'ignore',
    });
    return new Feed(child, socket);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill();
      await ended;
    }
    this.socket.close();
  }
}
