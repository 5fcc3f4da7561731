/** Fake cameras and microphones as files: one flat colour and one pulsed tone per person. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Colour } from './pictures';

const run = promisify(execFile);

/** A person as pixels and sound. */
export interface Persona {
  name: string;
  colour: Colour;
  hz: number;
}

export interface DeviceFiles {
  camera: string;
  microphone: string;
}

const CAMERA_FPS = 15;
const CAMERA_SECONDS = 2;
const RATE_HZ = 48_000;
/** Tone and pause alternate, since noise suppression takes a steady tone away. */
const PULSE_SECONDS = 0.25;
const TONE_SECONDS = 6;

/**
 * Makes the device files of a person in `folder`. Their names are plain: where no locale is set,
 * Chromium opens no file with a name in another script, and the person has no camera.
 */
export async function makeDevices(persona: Persona, folder: string): Promise<DeviceFiles> {
  const camera = join(folder, `${persona.hz}.y4m`);
  const microphone = join(folder, `${persona.hz}.wav`);
  await run('ffmpeg', ['-v', 'error', ...cameraPicture(persona.colour), '-y', camera]);
  await writeFile(microphone, tone(persona.hz));
  return { camera, microphone };
}

/** A flat colour with a white square that runs along the foot. */
function cameraPicture(colour: Colour): string[] {
  const hex = colour.map((part) => part.toString(16).padStart(2, '0')).join('');
  const size = `r=${CAMERA_FPS}:d=${CAMERA_SECONDS}`;
  const graph =
    `color=0x${hex}:s=640x360:${size}[ground];color=white:s=32x32:${size}[square];` +
    `[ground][square]overlay=x=t*300:y=320`;
  return ['-filter_complex', graph, '-pix_fmt', 'yuv420p'];
}

function tone(hz: number): Buffer {
  const count = RATE_HZ * TONE_SECONDS;
  const wav = Buffer.alloc(44 + 2 * count);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + 2 * count, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE_HZ, 24);
  wav.writeUInt32LE(2 * RATE_HZ, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(2 * count, 40);
  for (let n = 0; n < count; n += 1) {
    const seconds = n / RATE_HZ;
    const within = (seconds % (2 * PULSE_SECONDS)) / PULSE_SECONDS;
    const gain = within < 1 ? Math.sin(Math.PI * within) ** 0.5 : 0;
    const sample = 0.4 * gain * Math.sin(2 * Math.PI * hz * seconds);
    wav.writeInt16LE(Math.round(sample * 32_767), 44 + 2 * n);
  }
  return wav;
}
