"""A stream of server-sent events, read by hand."""

import json
import socket
import time

from support.viewers import token


class Events:
    """One client of `/api/v1/events`."""

    def __init__(self, server, who=None, last=None, bearer=None, headers=None):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        lines = [
            "GET /api/v1/events HTTP/1.1", "Host: localhost", "Accept: text/event-stream",
            *([] if headers else [f"Authorization: Bearer {bearer or token(who)}"]),
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        if last:
            lines.append(f"Last-Event-ID: {last}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        self.text = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        self.last = last
        self.is_over = False

    def unchunk(self):
        """Moves whole chunks of the body to the text."""
        while b"\r\n" in self.buffer:
            size, rest = self.buffer.split(b"\r\n", 1)
            count = int(size, 16)
            if len(rest) < count + 2:
                return
            self.text, self.buffer = self.text + rest[:count], rest[count + 2:]
            self.is_over = self.is_over or count == 0

    def read(self, seconds):
        """Events that come within some time, as (name, data)."""
        events = []
        end = time.monotonic() + seconds
        while True:
            self.unchunk()
            while b"\n\n" in self.text:
                block, self.text = self.text.split(b"\n\n", 1)
                members = dict(line.split(": ", 1) for line in block.decode().split("\n") if ": " in line and line[0] != ":")
                self.last = members.get("id", self.last)
                if "event" in members:
                    events.append((members["event"], json.loads(members["data"])))
            rest = end - time.monotonic()
            if rest <= 0 or self.is_over:
                return events
            self.socket.settimeout(rest)
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return events
            except OSError:
                data = b""
            if not data:
                self.is_over = True
            self.buffer += data

    def close(self):
        self.socket.close()
