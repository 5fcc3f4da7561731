# Plenary's broadcast behind Varnish: kept, multiplied, and every waiting player woken at once, so
# that parts of 0.5 s (part_ms = 500) stay worth while. Start it with start.sh beside this file.
vcl 4.1;

import std;

backend plenary {
    .host = "127.0.0.1";
    .port = "8080";
    .connect_timeout = 2s;              # a machine that is gone is seen at once
    .first_byte_timeout = 20s;          # Plenary answers after 12 s at the latest
    .between_bytes_timeout = 5s;        # and then without a pause
    .probe = {                          # is it there? decides about old copies, below
        .url = "/healthz";
        .interval = 1s;
        .timeout = 1s;
        .window = 3;
        .threshold = 2;
        .initial = 2;                   # until the first answer it counts as there
    }
}

sub vcl_recv {
    # Sockets of stage and studio go straight through.
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    # To Plenary Varnish is this machine itself, which may read them.
    if (req.url ~ "^/metrics(\?|$)") {
        return (synth(404));
    }
    # Pages, requests and preflights are Plenary's.
    if (req.url !~ "^/(live|assets)/" || (req.method != "GET" && req.method != "HEAD")) {
        return (pass);
    }
    # What a player may ask of a playlist, each once and in one order. Anything else in an address
    # (a player's session, a random number) would make another copy and another request to Plenary.
    set req.http.plenary-asks = "";
    if (req.url ~ "[?&]_HLS_msn=") {
        set req.http.plenary-asks = regsub(req.url, "^[^?]*\?(?:.*&)?(_HLS_msn=[^&]*).*$", "\1&");
    }
    if (req.url ~ "[?&]_HLS_part=") {
        set req.http.plenary-asks = req.http.plenary-asks
            + regsub(req.url, "^[^?]*\?(?:.*&)?(_HLS_part=[^&]*).*$", "\1&");
    }
    if (req.url ~ "[?&]_HLS_skip=") {
        set req.http.plenary-asks = req.http.plenary-asks
            + regsub(req.url, "^[^?]*\?(?:.*&)?(_HLS_skip=[^&]*).*$", "\1");
    }
    set req.url = regsub(req.url, "\?.*$", "");
    if (req.http.plenary-asks != "") {
        set req.url = req.url + "?" + req.http.plenary-asks;
    }
    unset req.http.plenary-asks;
    # Answers are the same for everybody.
    unset req.http.Cookie;
    # An old copy only while Plenary is away: to a player an old playlist is worse than a wait.
    if (std.healthy(req.backend_hint)) {
        set req.grace = 0s;
    }
    # Accept-Encoding needs nothing: Varnish asks for gzip, keeps that, and unpacks it for players
    # that do not take it. All who wait for the same address wait for one request.
    return (hash);
}

sub vcl_pipe {
    # The socket's upgrade is passed on.
    if (req.http.upgrade) {
        set bereq.http.upgrade = req.http.upgrade;
        set bereq.http.connection = req.http.connection;
    }
}

sub vcl_backend_response {
    if (bereq.url !~ "^/(live|assets)/" || bereq.uncacheable) {
        return (deliver);
    }
    # A file of the pages that is not there may be there in a moment, with the next version.
    if (beresp.http.Cache-Control ~ "no-store") {
        set beresp.ttl = 1s;
    }
    # The time to keep is Plenary's Cache-Control: every answer has one, so nothing is ever
    # "hit-for-miss", with which all who wait would ask one after the other. Refusals too, which
    # Varnish by itself does not keep: a part that is late, a question against the rules.
    if (beresp.status == 400 || beresp.status == 503) {
        set beresp.ttl = std.duration(
            regsub(beresp.http.Cache-Control, "^.*max-age=([0-9]+).*$", "\1s"), 1s);
    }
    # For so long an old copy may be given while Plenary is away.
    set beresp.grace = 1m;
    set beresp.keep = 0s;
    return (deliver);
}

sub vcl_backend_error {
    # Plenary does not answer, it restarts perhaps (0.1 s): everybody who waits is told at once, and
    # one in a second asks again.
    if (bereq.url ~ "^/(live|assets)/") {
        set beresp.ttl = 1s;
        set beresp.grace = 0s;
        set beresp.http.Cache-Control = "max-age=1";
        set beresp.http.Retry-After = "1";
        set beresp.body = "";
        return (deliver);
    }
}

sub vcl_deliver {
    # Says whether it was kept; Age says for how long.
    if (obj.hits > 0) {
        set resp.http.Cache-Status = "varnish; hit";
    } else {
        set resp.http.Cache-Status = "varnish; fwd=miss";
    }
    unset resp.http.Via;
    unset resp.http.X-Varnish;
}
