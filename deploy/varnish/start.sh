#!/bin/sh
# Runs Varnish with plenary.vcl in the foreground; stop it with Ctrl-C.
#   deploy/varnish/start.sh [LISTEN] [VCL] [FOLDER]
# Then open http://127.0.0.1:8082/ instead of Plenary's own port. In a unit of systemd the options are
# the same.
set -eu
here=$(dirname "$(readlink -f "$0")")
listen=${1:-127.0.0.1:8082}
vcl=${2:-$here/plenary.vcl}
folder=${3:-/tmp/plenary-varnish}

ulimit -n "$(ulimit -H -n)"             # a waiting player is one descriptor

set -- -F                               # in the foreground
set -- "$@" -a "$listen"                # where players come
set -- "$@" -f "$vcl"                   # what is kept, and how
set -- "$@" -n "$folder"                # what it compiles; several Varnishes have one each
set -- "$@" -s default,1g               # memory for media: the low-latency window is about 50 MB
set -- "$@" -p listen_depth=4096        # a crowd that comes at once waits in the kernel
set -- "$@" -p timeout_idle=75          # players ask again after each part
set -- "$@" -p thread_pools=2           # more than cores only get into each other's way
set -- "$@" -p thread_pool_min=100      # threads that answer when a part wakes everybody: with 1000 of
set -- "$@" -p thread_pool_max=200      # them two cores take twice the time. Those who wait need none; a
                                        # slow line holds one while it loads: more cores, more threads
set -- "$@" -p thread_queue_limit=20000 # of a crowd nobody is turned away, but waits for a thread
set -- "$@" -p backend_idle_timeout=10  # shorter than Plenary's 15 s, so that Varnish ends them
set -- "$@" -p workspace_client=20k     # memory of each waiting player, with the next two
set -- "$@" -p http_req_size=12k
set -- "$@" -p http_max_hdr=40
exec varnishd "$@"
