/** A speaker whose WebRTC is aiortc's (PyPI), which encodes VP8 and H.264 itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { Persona } from './devices';
import { SeatSocket } from './seat';

/** Where `./test` puts it. */
const PYTHON = join(import.meta.dirname, '../../../.tools/aiortc/bin/python');
const SCRIPT = join(import.meta.dirname, 'aiortc-speaker.py');

export class AiortcSpeaker {
  private constructor(
    private readonly child: ChildProcess,
    private readonly seat: SeatSocket,
    readonly camera: string,
  ) {}

  /** Takes the seat behind a stage link and sends colour and tone. */
  static async join(
    link: string,
    codec: 'video/vp8' | 'video/h264',
    { colour, hz }: Persona,
  ): Promise<AiortcSpeaker> {
    const child = spawn(PYTHON, [SCRIPT, codec, JSON.stringify(colour), String(hz)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`aiortc ended with ${code}; ./test installs it`);
    });
    failed.catch(() => undefined);
    const [line] = (await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      failed,
    ])) as [string];
    const { sdp, mids } = JSON.parse(line) as { sdp: string; mids: [string, string] };
    const seat = await SeatSocket.open(link);
    const answer = await seat.offer(sdp, [
      { mid: mids[0], kind: 'camera_video' },
      { mid: mids[1], kind: 'camera_audio' },
    ]);
    child.stdin.write(`${JSON.stringify({ sdp: answer })}\n`);
    return new AiortcSpeaker(child, seat, await seat.camera());
  }

  async leave(): Promise<void> {
    this.seat.say({ type: 'leave' });
    this.seat.close();
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin?.end();
    await ended;
  }
}
