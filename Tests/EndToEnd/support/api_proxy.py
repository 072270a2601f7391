"""A proxy in front of the tests' API server, which may answer by itself."""

import base64
import http.server
import ssl
import threading
import urllib.error
import urllib.request

import yaml

from support.certificate import make_certificate
from support.kubernetes import KUBECONFIG


class APIProxy:
    """Passes requests on with the rights of the tests' kubeconfig, whoever asks. `kubeconfig` leads to it."""

    def __init__(self, folder, user):
        config = yaml.safe_load(open(KUBECONFIG))
        cluster, own = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.context = ssl.create_default_context(cafile=self.file(folder, "ca", cluster, "certificate-authority"))
        self.context.load_cert_chain(self.file(folder, "crt", own, "client-certificate"), self.file(folder, "key", own, "client-key"))
        self.upstream = cluster["server"]
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                proxy.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        certificate, key = folder / "proxy.crt", folder / "proxy.key"
        make_certificate(certificate, key, addresses=["127.0.0.1"])
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        served.load_cert_chain(certificate, key)
        self.server.socket = served.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        address = f"https://127.0.0.1:{self.server.server_address[1]}"
        self.kubeconfig = folder / "proxy.kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": address, "certificate-authority": str(certificate)}}],
            "users": [{"name": "u", "user": user}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }))

    @staticmethod
    def file(folder, name, node, key):
        if key in node:
            return node[key]
        path = folder / f"client.{name}"
        path.write_bytes(base64.b64decode(node[f"{key}-data"]))
        return str(path)

    def answer(self, request, body):
        """Answers a request; by default, as the API server does."""
        self.send(request, *self.forward(request, body))

    def forward(self, request, body):
        """The API server's answer: status and content."""
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "connection", "authorization", "content-length")}
        sent = urllib.request.Request(self.upstream + request.path, data=body or None, method=request.command, headers=headers)
        try:
            answer = urllib.request.urlopen(sent, context=self.context, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        return answer.status, answer.read()

    @staticmethod
    def send(request, status, content, headers=()):
        request.send_response(status)
        for name, value in headers:
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)
