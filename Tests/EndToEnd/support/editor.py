"""An editor that speaks LSP to the real `wpex lsp`. It keeps its own text, counts UTF-16 by itself, and records what it
is shown."""

import json
import os
import pathlib
import queue
import subprocess
import threading
import urllib.parse

from support.program import WPEX

CURSOR = "‸"
# A day on which sample-repo is clean.
NOW = ("--now", "2026-11-23")

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True}},
        "publishDiagnostics": {"relatedInformation": True, "codeDescriptionSupport": True},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}, "didChangeWatchedFiles": {"dynamicRegistration": True}},
}


class Editor:
    def __init__(self, root, *arguments, capabilities=None, binary=WPEX, **options):
        self.root = pathlib.Path(root)
        self.texts, self.versions, self.shown = {}, {}, {}
        self.process = subprocess.Popen([binary, "lsp", *NOW, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.root, **options)
        self.answers, self.asked, self.log = {}, [], []
        self.arrived = queue.Queue()
        self.count = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.capabilities = CAPABILITIES if capabilities is None else capabilities
        self.encoding = "utf-16"

    # The wire

    def _read(self):
        stream = self.process.stdout
        while True:
            length = None
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode().partition(":")
                assert name == "Content-Length", line
                length = int(value)
            if length is None:
                self.arrived.put(None)
                return
            self.arrived.put(json.loads(stream.read(length)))

    def send_raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.send_raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        self.count += 1
        self.send({"id": self.count, "method": method, "params": params})
        return self.count

    def take(self, timeout=60):
        """Reads the next message and files it, so that none that arrives early is lost."""
        message = self.arrived.get(timeout=timeout)
        assert message is not None, f"the server has ended with {self.process.wait()}"
        if "method" not in message:
            self.answers[message["id"]] = message
        elif message["method"] == "textDocument/publishDiagnostics":
            self.shown[message["params"]["uri"]] = message["params"]
        elif "id" in message:
            self.asked.append(message)
            self.send({"id": message["id"], "result": None})
        else:
            self.log.append(message)
        return message

    def answer(self, identifier):
        while identifier not in self.answers:
            self.take()
        return self.answers.pop(identifier)

    def request(self, method, params=None):
        return self.answer(self.ask(method, params))

    # Life

    def start(self, **options):
        params = {"processId": os.getpid(), "rootUri": self.uri(""), "capabilities": self.capabilities, **options}
        result = self.request("initialize", params)["result"]
        self.encoding = result["capabilities"]["positionEncoding"]
        self.notify("initialized", {})
        return result

    def stop(self):
        assert self.request("shutdown")["result"] is None
        self.notify("exit", None)
        return self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()

    # Texts

    def uri(self, path):
        return "file://" + urllib.parse.quote(str(self.root / path))

    def units(self, text):
        return len(text.encode("utf-16-le")) // 2 if self.encoding == "utf-16" else len(text.encode())

    def position(self, text, index):
        before = text[:index]
        line = before.count("\n")
        return {"line": line, "character": self.units(before[before.rfind("\n") + 1 :])}

    def index(self, text, position):
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: position["line"]])
        line = lines[position["line"]]
        return start + next(count for count in range(len(line) + 1) if self.units(line[:count]) == position["character"])

    def cut(self, text, place):
        """Text of a range."""
        return text[self.index(text, place["start"]) : self.index(text, place["end"])]

    def open(self, path, text=None):
        if text is None:
            text = (self.root / path).read_text()
        self.texts[path], self.versions[path] = text, 1
        item = {"uri": self.uri(path), "languageId": "yaml", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def edit(self, path, old, new, whole=False):
        """Replaces the first occurrence of a text, as typing does."""
        text = self.texts[path]
        start = text.index(old)
        self.replace(path, start, start + len(old), new, whole)

    def replace(self, path, start, end, new, whole=False):
        text = self.texts[path]
        change = {"text": text[:start] + new + text[end:]}
        if not whole:
            change = {"range": {"start": self.position(text, start), "end": self.position(text, end)}, "text": new}
        self.texts[path] = text[:start] + new + text[end:]
        self.versions[path] += 1
        document = {"uri": self.uri(path), "version": self.versions[path]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def close(self, path):
        del self.texts[path]
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(path)}})

    def changed_on_disk(self, *paths):
        self.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": self.uri(path), "type": 2} for path in paths]})

    def place(self, path, cursor):
        """Position in a document, from a text with a cursor mark."""
        text, (before, after) = self.texts[path], cursor.split(CURSOR)
        start = text.index(before + after)
        return {"textDocument": {"uri": self.uri(path)}, "position": self.position(text, start + len(before))}

    def settle(self):
        """Waits until the server has compiled everything that was sent."""
        self.request("workspace/symbol", {"query": "there is no such symbol"})

    def diagnostics(self, path):
        self.settle()
        return self.shown.get(self.uri(path), {}).get("diagnostics", [])

    def all_diagnostics(self):
        self.settle()
        return {uri: shown["diagnostics"] for uri, shown in self.shown.items() if shown["diagnostics"]}

    def apply(self, edit):
        """Applies a workspace edit to open documents and files."""
        changes = edit.get("changes") or {change["textDocument"]["uri"]: change["edits"] for change in edit["documentChanges"]}
        for uri, edits in changes.items():
            path = str(pathlib.Path(urllib.parse.unquote(uri.removeprefix("file://"))).relative_to(self.root))
            is_open = path in self.texts
            text = self.texts[path] if is_open else (self.root / path).read_text()
            places = [(self.index(text, e["range"]["start"]), self.index(text, e["range"]["end"]), e["newText"]) for e in edits]
            for start, end, new in sorted(places, reverse=True):
                if is_open:
                    self.replace(path, start, end, new)
                text = text[:start] + new + text[end:]
            (self.root / path).write_text(text)
            self.changed_on_disk(path)
