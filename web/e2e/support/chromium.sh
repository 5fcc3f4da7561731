#!/bin/sh
# Chromium without a screen and with fake devices, behind everything else: speakers and viewers have
# machines of their own, here they must not take the server's processor from it.
exec nice -n 10 "${PLENARY_CHROMIUM:-/usr/bin/chromium}" \
    --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --use-fake-device-for-media-stream --use-fake-ui-for-media-stream \
    --autoplay-policy=no-user-gesture-required "$@"
