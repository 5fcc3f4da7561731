/** What a browser's player really showed, by the counter that the demo paints into its pictures. */
import { until } from './wait';

/** A picture that was presented. */
interface Presented {
  /** Its time in the media, seconds. */
  media: number;
  /** What the counter in it says; null where the mark was not whole. */
  counter: number | null;
}

/** A player at work. */
export interface Watched {
  presented: Presented[];
  /** Media time and decoded pictures at the first presented picture and at the last. */
  decoded: [{ media: number; pictures: number }, { media: number; pictures: number }];
  /** Events of the element that say that playing was not smooth. */
  troubles: string[];
}

declare global {
  interface Window {
    __watched?: Watched;
  }
}

/** A page of any browser. */
export interface Evaluates {
  evaluate<A, R>(inside: (parameter: A) => R, parameter?: A): Promise<Awaited<R>>;
}

/** Watches a video element until it has played so many seconds of media. */
export async function watch(page: Evaluates, selector: string, seconds: number): Promise<Watched> {
  await page.evaluate(begin, selector);
  const played = () =>
    page.evaluate(() => {
      const [first, last] = window.__watched?.decoded ?? [];
      return first && last ? last.media - first.media : 0;
    });
  await until(
    `${seconds} s of media`,
    async () => seconds <= (await played()),
    seconds * 2_000 + 60_000,
    () => page.evaluate(() => window.__watched?.troubles),
  );
  const watched = await page.evaluate(() => window.__watched);
  if (!watched) throw new Error('nothing was watched');
  return watched;
}

/** Runs inside the page; it must not refer to anything outside of itself. */
function begin(selector: string): void {
  // As the demo paints it: 2 rows of 48 cells from (64, 24), each 24 pixels wide at 1280 pixels.
  const [LEFT, TOP, CELL, COLUMNS, BYTES] = [64, 24, 24, 48, 12];
  const video = document.querySelector<HTMLVideoElement>(selector);
  const canvas = new OffscreenCanvas(COLUMNS * CELL, 2 * CELL);
  const drawing = canvas.getContext('2d', { willReadFrequently: true });
  if (!video || !drawing) throw new Error(`no ${selector}`);

  const crc16 = (bytes: number[]) =>
    bytes.reduce((crc, byte) => {
      let value = crc ^ (byte << 8);
      for (let bit = 0; bit < 8; bit += 1) {
        value = value & 0x8000 ? ((value << 1) ^ 0x1021) & 0xffff : (value << 1) & 0xffff;
      }
      return value;
    }, 0xffff);

  function counter(): number | null {
    if (!video || !drawing) return null;
    const scale = video.videoWidth / 1280;
    const from = [LEFT, TOP, canvas.width, canvas.height].map((length) => length * scale);
    const [x = 0, y = 0, width = 0, height = 0] = from;
    drawing.drawImage(video, x, y, width, height, 0, 0, canvas.width, canvas.height);
    const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
    const white = (index: number) => {
      const column = (index % COLUMNS) * CELL + CELL / 2;
      const row = Math.floor(index / COLUMNS) * CELL + CELL / 2;
      return (data[4 * (row * canvas.width + column) + 1] ?? 0) > 127 ? 1 : 0;
    };
    const bytes = Array.from({ length: BYTES }, (_, byte) =>
      Array.from({ length: 8 }, (_, bit) => white(8 * byte + bit)).reduce((sum: number, bit) => 2 * sum + bit, 0),
    );
    const [, high = 0, middle = 0, low = 0] = bytes;
    const crc = 256 * (bytes[10] ?? 0) + (bytes[11] ?? 0);
    return crc === crc16(bytes.slice(0, 10)) ? 65_536 * high + 256 * middle + low : null;
  }

  const now = (media: number) => ({
    media,
    pictures: video.getVideoPlaybackQuality().totalVideoFrames,
  });
  const first = now(video.currentTime);
  const watched: Watched = { presented: [], decoded: [first, first], troubles: [] };
  for (const trouble of ['waiting', 'seeking', 'error', 'emptied', 'ended', 'pause']) {
    video.addEventListener(trouble, () => {
      const why = trouble === 'error' ? ` (${video.error?.code}: ${video.error?.message})` : '';
      watched.troubles.push(`${trouble} at ${video.currentTime.toFixed(2)}${why}`);
    });
  }
  const onPicture = (_: number, { mediaTime }: VideoFrameCallbackMetadata) => {
    const picture = { media: mediaTime, counter: counter() };
    // It begins with the first picture of the source; the scene before it may still be on air.
    if (watched.presented.length === 0 && picture.counter !== null) watched.decoded[0] = now(mediaTime);
    if (0 < watched.presented.length || picture.counter !== null) watched.presented.push(picture);
    watched.decoded[1] = watched.presented.length === 0 ? watched.decoded[0] : now(mediaTime);
    video.requestVideoFrameCallback(onPicture);
  };
  video.requestVideoFrameCallback(onPicture);
  window.__watched = watched;
}
