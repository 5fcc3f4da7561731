/** An encoder or a player in a page: a session of WHIP or WHEP. */

/** A session as its answer described it. */
export interface Session {
  status: number;
  location: string;
  tag: string;
  kind: string;
}

/** Runs in a page: offers what the page has or wants, and takes the answer. */
export async function openSession({ url, sends }: { url: string; sends: boolean }): Promise<Session> {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  if (sends) {
    const media = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
    for (const track of media.getTracks()) peer.addTransceiver(track, { direction: 'sendonly' });
  } else {
    const video = document.createElement('video');
    Object.assign(video, { autoplay: true, muted: true, srcObject: new MediaStream() });
    document.body.append(video);
    peer.ontrack = ({ track }) => (video.srcObject as MediaStream).addTrack(track);
    for (const kind of ['video', 'audio']) peer.addTransceiver(kind, { direction: 'recvonly' });
  }
  Object.assign(window, { peer });
  await peer.setLocalDescription();
  const body = peer.localDescription?.sdp ?? '';
  const headers = { 'content-type': 'application/sdp' };
  const answer = await fetch(url, { method: 'POST', headers, body });
  const sdp = await answer.text();
  if (answer.ok) await peer.setRemoteDescription({ type: 'answer', sdp });
  return {
    status: answer.status,
    location: new URL(answer.headers.get('location') ?? '', url).href,
    tag: answer.headers.get('etag') ?? '',
    kind: answer.headers.get('content-type') ?? '',
  };
}
