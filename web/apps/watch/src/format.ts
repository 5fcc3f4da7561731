/** Times as people read them. */

/** `1:02:09`, or `2:09` under an hour. */
export function length(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number: number) => String(number).padStart(2, '0');
  return 0 < hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** Seconds with one decimal: `2.3`. */
export function tenths(ms: number): string {
  return (ms / 1000).toFixed(1);
}
