#!/bin/sh
# Chromium behind everything else: speakers and viewers have machines of their own, here they must
# not take the server's processor from it.
exec nice -n 10 "${PLENARY_CHROMIUM:-/usr/bin/chromium}" "$@"
