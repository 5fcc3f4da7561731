/** Full screen, with the controls where the browser can, the bare video on an iPhone. */
export async function toggleFullScreen(frame: HTMLElement, video: HTMLVideoElement): Promise<void> {
  const phone = video as HTMLVideoElement & { webkitEnterFullscreen?: () => void };
  if (document.fullscreenElement) await document.exitFullscreen();
  else if ('requestFullscreen' in frame) await frame.requestFullscreen();
  else phone.webkitEnterFullscreen?.();
}
