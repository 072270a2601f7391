"""An OpenID Connect provider on loopback, real to the server, with a user who always consents."""

import base64
import hashlib
import http.server
import json
import secrets
import ssl
import threading
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from support.certificate import make_certificate


class IdentityProvider:
    def __init__(self, folder, client="wpex", secret="the client's secret"):
        self.client, self.secret = client, secret
        self.subject = "1001"
        self.key, self.kid = rsa.generate_private_key(65537, 2048), "one"
        self.changes = {}
        self.codes = {}
        self.seen = []
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, status, body=None, headers=()):
                self.send_response(status)
                data = json.dumps(body or {}).encode()
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                path, _, query = self.path.partition("?")
                query = dict(urllib.parse.parse_qsl(query))
                if path == "/.well-known/openid-configuration":
                    self.answer(200, provider.metadata)
                elif path == "/keys":
                    key = jwt.algorithms.RSAAlgorithm.to_jwk(provider.key.public_key(), as_dict=True)
                    self.answer(200, {"keys": [{**key, "kid": provider.kid, "use": "sig", "key_ops": ["verify"]}]})
                elif path == "/authorize":
                    provider.seen.append(query)
                    code = secrets.token_urlsafe(16)
                    provider.codes[code] = query
                    back = urllib.parse.urlencode({"code": code, "state": query["state"], "iss": provider.issuer})
                    self.answer(303, headers=[("Location", f"{query['redirect_uri']}?{back}")])
                else:
                    self.answer(404)

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                name, _, secret = base64.b64decode(self.headers.get("Authorization", "Basic ").split()[1]).decode().partition(":")
                known = (urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret)) == (provider.client, provider.secret)
                request = provider.codes.pop(form.get("code"), None)
                challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
                if not known or not request or challenge != request["code_challenge"] or form["redirect_uri"] != request["redirect_uri"]:
                    return self.answer(400, {"error": "invalid_grant"})
                now = int(time.time())
                claims = {
                    "iss": provider.issuer, "sub": provider.subject, "aud": provider.client, "iat": now, "exp": now + 300,
                    "nonce": request["nonce"], **provider.changes,
                }
                token = jwt.encode(claims, provider.key, algorithm="RS256", headers={"kid": provider.kid})
                self.answer(200, {"id_token": token, "access_token": "unused", "token_type": "Bearer"})

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.certificate = folder / "provider.pem"
        make_certificate(self.certificate, folder / "provider.key")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, folder / "provider.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.issuer = f"https://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def metadata(self):
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
        }

    def close(self):
        self.server.shutdown()
        self.server.server_close()
