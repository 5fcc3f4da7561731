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

type Codec = 'video/vp8' | 'video/h264';

/** Starts it, and gives its offer. */
async function start(
  codec: Codec,
  { colour, hz }: Persona,
): Promise<{ child: ChildProcess; sdp: string; mids: [string, string] }> {
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
  return { child, ...(JSON.parse(line) as { sdp: string; mids: [string, string] }) };
}

export class AiortcSpeaker {
  private constructor(
    private readonly child: ChildProcess,
    private readonly goodbye: () => void,
    readonly camera: string,
  ) {}

  /** Takes the seat behind a stage link and sends colour and tone. */
  static async join(link: string, codec: Codec, persona: Persona): Promise<AiortcSpeaker> {
    const { child, sdp, mids } = await start(codec, persona);
    const seat = await SeatSocket.open(link);
    const answer = await seat.offer(sdp, [
      { mid: mids[0], kind: 'camera_video' },
      { mid: mids[1], kind: 'camera_audio' },
    ]);
    child.stdin?.write(`${JSON.stringify({ sdp: answer })}\n`);
    const goodbye = () => {
      seat.say({ type: 'leave' });
      seat.close();
    };
    return new AiortcSpeaker(child, goodbye, await seat.camera());
  }

  /** Sends for a seat as an encoder (WHIP). */
  static async contribute(whip: string, codec: Codec, persona: Persona): Promise<AiortcSpeaker> {
    const { child, sdp } = await start(codec, persona);
    const headers = { 'content-type': 'application/sdp' };
    const answer = await fetch(whip, { method: 'POST', headers, body: sdp });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    const session = new URL(answer.headers.get('location') ?? '', whip);
    child.stdin?.write(`${JSON.stringify({ sdp: await answer.text() })}\n`);
    const goodbye = () => void fetch(session, { method: 'DELETE' });
    return new AiortcSpeaker(child, goodbye, '');
  }

  async leave(): Promise<void> {
    this.goodbye();
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin?.end();
    await ended;
  }
}
