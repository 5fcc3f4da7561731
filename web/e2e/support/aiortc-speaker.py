"""A speaker made of aiortc: one colour and one tone. Writes its offer to standard output and reads
the answer from standard input, one JSON line each; then sends until standard input ends."""

import array
import asyncio
import fractions
import json
import math
import sys

from aiortc import (
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import AudioStreamTrack
from av import AudioFrame, VideoFrame

WIDTH, HEIGHT = 640, 360
SOUND_HZ = 48_000
BLOCK = 960


class Colour(VideoStreamTrack):
    """Pictures of one colour."""

    def __init__(self, rgb):
        super().__init__()
        red, green, blue = rgb
        luma = 16 + 0.257 * red + 0.504 * green + 0.098 * blue
        u = 128 - 0.148 * red - 0.291 * green + 0.439 * blue
        v = 128 + 0.439 * red - 0.368 * green - 0.071 * blue
        self.values = [round(value) for value in (luma, u, v)]

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, value in zip(frame.planes, self.values):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    """A tone of one frequency."""

    def __init__(self, hz):
        super().__init__()
        self.hz, self.at, self.began = hz, 0, None

    async def recv(self):
        clock = asyncio.get_running_loop()
        self.began = self.began or clock.time()
        await asyncio.sleep(max(0, self.began + self.at / SOUND_HZ - clock.time()))
        frame = AudioFrame(format="s16", layout="mono", samples=BLOCK)
        turn = 2 * math.pi * self.hz / SOUND_HZ
        samples = (round(9_000 * math.sin(turn * (self.at + n))) for n in range(BLOCK))
        frame.planes[0].update(array.array("h", samples).tobytes())
        frame.sample_rate = SOUND_HZ
        frame.pts, frame.time_base = self.at, fractions.Fraction(1, SOUND_HZ)
        self.at += BLOCK
        return frame


async def main(codec, rgb, hz):
    peer = RTCPeerConnection()
    video = peer.addTransceiver(Colour(rgb), direction="sendonly")
    peer.addTransceiver(Tone(hz), direction="sendonly")
    known = RTCRtpSender.getCapabilities("video").codecs
    video.setCodecPreferences([one for one in known if one.mimeType.lower() == codec])
    await peer.setLocalDescription(await peer.createOffer())
    mids = [transceiver.mid for transceiver in peer.getTransceivers()]
    print(json.dumps({"sdp": peer.localDescription.sdp, "mids": mids}), flush=True)
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    answer = json.loads(await lines.readline())
    await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
    await lines.read()
    await peer.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3])))
