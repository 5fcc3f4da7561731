/** An encoder that nobody here wrote: ffmpeg 9, which sends for a seat by WHIP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import type { Persona } from './devices';

/** Puts its log on a failing test's output. */
const QUIET = ['-hide_banner', '-loglevel', 'error'];

export class FfmpegEncoder {
  private constructor(private readonly child: ChildProcess) {}

  /** Sends one colour and one tone until it leaves. */
  static start(whip: string, { colour, hz }: Persona): FfmpegEncoder {
    const hex = colour.map((part) => part.toString(16).padStart(2, '0')).join('');
    const picture = ['-f', 'lavfi', '-i', `color=c=0x${hex}:s=640x360:r=30`];
    const sound = ['-f', 'lavfi', '-i', `sine=${hz}:r=48000`];
    const h264 = ['-c:v', 'libx264', '-profile:v', 'baseline', '-preset', 'ultrafast'];
    const live = ['-tune', 'zerolatency', '-g', '60', '-pix_fmt', 'yuv420p'];
    const opus = ['-c:a', 'libopus', '-ac', '2'];
    const all = [...QUIET, '-re', ...picture, ...sound, ...h264, ...live, ...opus, '-f', 'whip', whip];
    return new FfmpegEncoder(spawn('ffmpeg-9', all, { stdio: ['ignore', 'inherit', 'inherit'] }));
  }

  async leave(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
