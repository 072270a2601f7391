"""Makes JSON Web Tokens, good and bad, with PyJWT and cryptography: prints {"jwks": …, "now": …, "cases": [{"name", "token", "verdict"}]}.

A verdict is `good`, or the word under which wpex refuses the token.
"""

import base64
import hashlib
import hmac
import json

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

NOW = 1_800_000_000
ISSUER = "https://id.example.net"
AUDIENCE = "wpex"

keys = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "other": rsa.generate_private_key(65537, 2048),
    "short": rsa.generate_private_key(65537, 1024),
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "ec384": ec.generate_private_key(ec.SECP384R1()),
    "ec521": ec.generate_private_key(ec.SECP521R1()),
    "ed": ed25519.Ed25519PrivateKey.generate(),
}
SECRET = b"a shared secret of the issuer that nobody else has"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def jwk(name, key, **more):
    if isinstance(key, rsa.RSAPrivateKey):
        body = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        body = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        body = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    body.pop("key_ops", None)
    return {**body, "kid": name, **more}


jwks = {
    "keys": [
        jwk("rsa", keys["rsa"], use="sig"),
        jwk("rsa-pinned", keys["rsa"], alg="RS256"),
        jwk("short", keys["short"]),
        jwk("ec", keys["ec"]),
        jwk("ec384", keys["ec384"]),
        jwk("ec521", keys["ec521"]),
        jwk("ed", keys["ed"]),
        jwk("encryption", keys["rsa"], use="enc"),
        {"kty": "oct", "kid": "oct", "k": b64(SECRET)},
        {"kty": "EC", "crv": "secp256k1", "kid": "curve", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": "broken", "n": "!!", "e": "AQAB"},
        {**jwk("exponent one", keys["rsa"]), "e": b64(b"\x01")},
        {**jwk("even exponent", keys["rsa"]), "e": b64(b"\x01\x00\x00")},
        {**jwk("even modulus", keys["rsa"]), "n": b64(number(keys["rsa"].public_key().public_numbers().n - 1))},
        {**jwk("zeros before a short modulus", keys["short"]), "n": b64(bytes(200) + number(keys["short"].public_key().public_numbers().n))},
        {**jwk("not on the curve", keys["ec"]), "y": jwk("", keys["ec"])["x"]},
        {**jwk("coordinate of another length", keys["ec"]), "x": b64(b"\x00" + base64.urlsafe_b64decode(jwk("", keys["ec"])["x"] + "=="))},
        {**jwk("infinity", keys["ec"]), "x": b64(bytes(32)), "y": b64(bytes(32))},
        {**jwk("secret", keys["ed"]), "d": b64(bytes(32))},
        jwk("twice", keys["rsa"]),
        jwk("twice", keys["other"]),
    ]
}

good = {"iss": ISSUER, "sub": "anna", "aud": AUDIENCE, "iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 600, "nonce": "n-1"}


def claims(**changes):
    return {k: v for k, v in {**good, **changes}.items() if v is not None}


def sign(payload, key="rsa", algorithm="RS256", kid="rsa", **header):
    return jwt.encode(payload, keys[key], algorithm=algorithm, headers={"kid": kid, **header})


def by_hand(header, payload, signature=b""):
    text = b64(json.dumps(header).encode()) + "." + b64(json.dumps(payload).encode())
    signature = signature(text.encode()) if callable(signature) else signature
    return text + "." + b64(signature)


def hs(secret):
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def pss(salt):
    return lambda text: keys["rsa"].sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashes.SHA256())


def ecdsa(encode):
    """Signs with the P-256 key, and encodes the two numbers in the given way."""
    return lambda text: encode(*utils.decode_dss_signature(keys["ec"].sign(text, ec.ECDSA(hashes.SHA256()))))


def raw(r, s, size=32):
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ES256, PS256 = {"alg": "ES256", "kid": "ec"}, {"alg": "PS256", "kid": "rsa"}

rsa_pem = keys["rsa"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
fine = sign(claims())
head, body, tail = fine.split(".")
spoiled = bytearray(base64.urlsafe_b64decode(tail + "=="))
spoiled[7] ^= 1

cases = [
    ("RS256", fine, "good"),
    ("PS256", sign(claims(), algorithm="PS256"), "good"),
    ("RS512", sign(claims(), algorithm="RS512"), "good"),
    ("ES256", sign(claims(), "ec", "ES256", "ec"), "good"),
    ("ES384", sign(claims(), "ec384", "ES384", "ec384"), "good"),
    ("EdDSA", sign(claims(), "ed", "EdDSA", "ed"), "good"),
    ("RS384", sign(claims(), algorithm="RS384"), "good"),
    ("PS384", sign(claims(), algorithm="PS384"), "good"),
    ("PS512", sign(claims(), algorithm="PS512"), "good"),
    ("ES512", sign(claims(), "ec521", "ES512", "ec521"), "good"),
    ("PS256 by hand", by_hand(PS256, claims(), pss(32)), "good"),
    ("PS256 with the longest salt", by_hand(PS256, claims(), pss(padding.PSS.MAX_LENGTH)), "signature"),
    ("PS256 without a salt", by_hand(PS256, claims(), pss(0)), "signature"),
    ("RS256 signature named PS256", by_hand(PS256, claims(), lambda text: keys["rsa"].sign(text, padding.PKCS1v15(), hashes.SHA256())), "signature"),
    ("RS256 with another digest", by_hand({"alg": "RS256", "kid": "rsa"}, claims(), lambda text: keys["rsa"].sign(text, padding.PKCS1v15(), hashes.SHA512())), "signature"),
    ("RS256 signature with a zero before it", by_hand({"alg": "RS256", "kid": "rsa"}, claims(), lambda text: b"\x00" + keys["rsa"].sign(text, padding.PKCS1v15(), hashes.SHA256())), "signature"),
    ("ES256 by hand", by_hand(ES256, claims(), ecdsa(raw)), "good"),
    ("ES256 in DER", by_hand(ES256, claims(), ecdsa(utils.encode_dss_signature)), "signature"),
    ("ES256 with zeros between", by_hand(ES256, claims(), ecdsa(lambda r, s: raw(r, s, 33))), "signature"),
    ("ES256 of zeros", by_hand(ES256, claims(), bytes(64)), "signature"),
    ("ES256 of r = 0", by_hand(ES256, claims(), ecdsa(lambda r, s: raw(0, s))), "signature"),
    ("ES256 of the order", by_hand(ES256, claims(), raw(ORDER, ORDER)), "signature"),
    ("EdDSA of zeros", by_hand({"alg": "EdDSA", "kid": "ed"}, claims(), bytes(64)), "signature"),
    ("payload that is a list", by_hand(ES256, [], ecdsa(raw)), "malformed"),
    ("audience list", sign(claims(aud=["other", AUDIENCE], azp=AUDIENCE)), "good"),
    ("expired within the leeway", sign(claims(exp=NOW - 30)), "good"),
    ("alg none", by_hand({"alg": "none", "kid": "rsa"}, claims()), "algorithm"),
    ("alg NoNe", by_hand({"alg": "NoNe", "kid": "rsa"}, claims()), "algorithm"),
    ("alg none with a signature", by_hand({"alg": "none", "kid": "rsa"}, claims(), b"x" * 256), "algorithm"),
    ("no alg", by_hand({"kid": "rsa"}, claims()), "algorithm"),
    ("HS256 with the RSA key as its secret", by_hand({"alg": "HS256", "kid": "rsa"}, claims(), hs(rsa_pem)), "algorithm"),
    ("HS256 with a symmetric key of the set", by_hand({"alg": "HS256", "kid": "oct"}, claims(), hs(SECRET)), "unknownKey"),
    ("ES256 of an RSA key", sign(claims(), "ec", "ES256", "rsa"), "algorithm"),
    ("ES384 named for a P-256 key", sign(claims(), "ec384", "ES384", "ec"), "algorithm"),
    ("PS256 where the key is pinned to RS256", sign(claims(), algorithm="PS256", kid="rsa-pinned"), "algorithm"),
    ("RS256 where the key is pinned to it", sign(claims(), kid="rsa-pinned"), "good"),
    ("no kid", jwt.encode(claims(), keys["rsa"], algorithm="RS256"), "unknownKey"),
    ("unknown kid", sign(claims(), kid="nobody"), "unknownKey"),
    ("kid with a path", sign(claims(), kid="../../../../dev/null"), "unknownKey"),
    ("kid with SQL", sign(claims(), kid="rsa' OR '1'='1"), "unknownKey"),
    ("kid of another type", by_hand({"alg": "RS256", "kid": 7}, claims()), "unknownKey"),
    ("kid of another key", sign(claims(), kid="ec"), "algorithm"),
    ("kid of two keys", sign(claims(), kid="twice"), "unknownKey"),
    ("key that is too short", sign(claims(), "short", "RS256", "short"), "unknownKey"),
    ("key for encryption", sign(claims(), kid="encryption"), "unknownKey"),
    ("curve that is not known", by_hand({"alg": "ES256", "kid": "curve"}, claims(), b"x" * 64), "unknownKey"),
    ("jku", sign(claims(), jku="https://evil.example/keys"), "headerParameter"),
    ("x5u", sign(claims(), x5u="https://evil.example/chain"), "headerParameter"),
    ("jwk in the header", sign(claims(), "other", jwk=jwk("x", keys["other"])), "headerParameter"),
    ("x5c", sign(claims(), x5c=["MIIB"]), "headerParameter"),
    ("crit", by_hand({"alg": "RS256", "kid": "rsa", "crit": ["b64"], "b64": False}, claims()), "headerParameter"),
    ("signed by another key", sign(claims(), "other"), "signature"),
    ("spoiled signature", f"{head}.{body}.{b64(bytes(spoiled))}", "signature"),
    ("no signature", f"{head}.{body}.", "signature"),
    ("payload of another token", f"{head}.{sign(claims(sub='root')).split('.')[1]}.{tail}", "signature"),
    ("two parts", f"{head}.{body}", "malformed"),
    ("four parts", f"{fine}.x", "malformed"),
    ("padding", f"{head}=.{body}.{tail}", "malformed"),
    ("empty", "", "malformed"),
    ("not base64", "a.b.c", "malformed"),
    ("an array for a header", by_hand([], claims()), "malformed"),
    ("too long", fine + "A" * 20_000, "malformed"),
    ("wrong issuer", sign(claims(iss="https://evil.example")), "issuer"),
    ("issuer with a slash", sign(claims(iss=ISSUER + "/")), "issuer"),
    ("no issuer", sign(claims(iss=None)), "issuer"),
    ("wrong audience", sign(claims(aud="other")), "audience"),
    ("no audience", sign(claims(aud=None)), "audience"),
    ("audience in other letters", sign(claims(aud="WPEX")), "audience"),
    ("expired", sign(claims(exp=NOW - 61)), "expired"),
    ("no expiry", sign(claims(exp=None)), "lifetime"),
    ("expiry in a year", sign(claims(exp=NOW + 31_536_000)), "lifetime"),
    ("neither iat nor nbf", sign(claims(iat=None, nbf=None)), "lifetime"),
    ("not valid yet", sign(claims(nbf=NOW + 300)), "notYetValid"),
    ("issued in the future", sign(claims(iat=NOW + 300)), "notYetValid"),
    ("expiry as text", sign(claims(exp="tomorrow")), "malformed"),
    ("no subject", sign(claims(sub=None)), "subject"),
    ("empty subject", sign(claims(sub="")), "subject"),
    ("wrong type", sign(claims(), typ="logout+jwt"), "type"),
    ("wrong nonce", sign(claims(nonce="n-2")), "nonce"),
    ("no nonce", sign(claims(nonce=None)), "nonce"),
    ("several audiences for another party", sign(claims(aud=["other", AUDIENCE], azp="other")), "audience"),
    ("access token at a login", sign(claims(), typ="at+jwt"), "type"),
]
print(json.dumps({"jwks": jwks, "now": NOW, "cases": [{"name": n, "token": t, "verdict": v} for n, t, v in cases]}))
