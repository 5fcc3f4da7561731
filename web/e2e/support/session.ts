/** An encoder or a player in a page: a session of WHIP or WHEP. */

/** A session as its answer described it. */
export interface Session {
  status: number;
  location: string;
  tag: string;
  kind: string;
}

export interface Wish {
  url: string;
  /** An encoder; else a player. */
  sends: boolean;
  /** Only over the relays that the endpoint names. */
  relayed?: boolean;
}

/** Runs in a page: offers what the page has or wants, and takes the answer. */
export async function openSession({ url, sends, relayed = false }: Wish): Promise<Session> {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  if (relayed) {
    const linked = (await fetch(url, { method: 'OPTIONS' })).headers.get('link') ?? '';
    const links = [...linked.matchAll(/<([^>]+)>; rel="ice-server"; username="([^"]+)"; credential="([^"]+)"/g)];
    const iceServers = links.map(([, urls = '', username = '', credential = '']) => ({ urls, username, credential }));
    peer.setConfiguration({ ...peer.getConfiguration(), iceServers, iceTransportPolicy: 'relay' });
  }
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
  // Without a way to send candidates later, the offer waits for all of them.
  while (peer.iceGatheringState !== 'complete') {
    await new Promise((changed) => (peer.onicegatheringstatechange = changed));
  }
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
