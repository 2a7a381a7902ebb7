#!/usr/bin/env python3
"""A stand-in for a ClearML server: API, file and web server in one process, all in memory.

    server.py --port 0 [--port-file F] [--faults F.json] [--log F] [--token-seconds N]
              [--api-version 2.31] [--tls CERT KEY] [--files-port 0] [--web-port 0]

The ports are printed as JSON on the first line, and written to the port file.
"""
import argparse
import gzip
import json
import os
import signal
import socket
import ssl
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import files
from app import Answer, App, Request

GZIP_FROM = 500
CHUNK = 1 << 20


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for one of the three servers; `reply` of the server makes the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = CHUNK
    server_version = "stand-in"

    def handle_any(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = self._chunked()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, self.headers, body, self.client_address[0])
        self._send(self.server.reply(self.server.app, request))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = handle_any

    def _chunked(self):
        body = b""
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return body

    def _send(self, answer):
        if answer.status is None:
            return self._drop(answer.rule)
        body = answer.body
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) >= GZIP_FROM:
            body = gzip.compress(body, 1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self._body(body, answer.rule)

    def _body(self, body, rule):
        if rule and rule.get("cut"):
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            return self._drop(rule)
        self.wfile.write(body)

    def _drop(self, rule):
        """Closes the connection, with a reset if the rule wants one."""
        self.close_connection = True
        if rule and rule.get("reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, ValueError, OSError):
            self.close_connection = True

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port, app, reply, tls=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.app = app
        self.reply = reply
        self._tls = None
        if tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*tls)

    def get_request(self):
        connection, address = super().get_request()
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True,
                                               do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, ssl.SSLError, OSError)):
            super().handle_error(request, client_address)

    @property
    def port(self):
        return self.server_address[1]


def api(app, request):
    return app.answer(request)


def web(app, request):
    """The web server passes /api/ on, and shows an empty page for all else."""
    if request.path.startswith("/api/"):
        request.path = request.path[len("/api"):]
        return app.answer(request)
    return Answer(200, "<html><title>ClearML</title></html>", "text/html")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--files-port", type=int, default=0)
    parser.add_argument("--web-port", type=int, default=0)
    parser.add_argument("--port-file")
    parser.add_argument("--faults", help="rules, as /_test/faults takes them")
    parser.add_argument("--log", help="file to which every request is written")
    parser.add_argument("--token-seconds", type=int)
    parser.add_argument("--api-version", default="2.31")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    return parser.parse_args()


def start(args):
    """The three servers, listening, each served by a thread."""
    app = App(args.api_version, args.token_seconds, args.log)
    if args.faults:
        with open(args.faults) as f:
            app.faults.set(json.load(f)["rules"])
    servers = {"api": Server(args.port, app, api, args.tls),
               "files": Server(args.files_port, app, files.answer, args.tls),
               "web": Server(args.web_port, app, web, args.tls)}
    for server in servers.values():
        threading.Thread(target=server.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.1}).start()
    return servers


def main():
    args = arguments()
    servers = start(args)
    text = json.dumps({name: s.port for name, s in servers.items()})
    if args.port_file:
        with open(args.port_file + ".new", "w") as f:
            f.write(text + "\n")
        os.rename(args.port_file + ".new", args.port_file)
    print(text, flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    sys.exit(main())
