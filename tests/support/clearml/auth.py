"""Credentials and tokens. A token is a JWT that the server itself signs."""
import base64
import hashlib
import hmac
import json
import math
import time
import uuid

from envelope import ApiError

ACCESS_KEY = "HPOTESTACCESSKEY00"
SECRET_KEY = "hpo-test-secret-not-to-be-logged"
MAX_EXPIRATION_S = 31536000
DEFAULT_EXPIRATION_S = 2592000


def _pack(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpack(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Auth:
    def __init__(self, api_version, max_token_s=None):
        self.api_version = api_version
        self.max_token_s = max_token_s
        self._key = uuid.uuid4().bytes
        self._revoked = set()
        self._issued = set()

    def token(self, user, name, company, seconds=None):
        """A new token, good for `seconds` or for what the server allows, or a little longer.

        Its moments are whole seconds: cut to the one before, one of a second could end at once.
        """
        seconds = DEFAULT_EXPIRATION_S if seconds is None else seconds
        if not isinstance(seconds, int) or seconds > MAX_EXPIRATION_S:
            raise ApiError(400, 12, "expiration is too long", expiration_sec=seconds)
        if self.max_token_s is not None:
            seconds = min(seconds, self.max_token_s)
        now = time.time()
        claims = {"iat": int(now), "exp": math.ceil(now + seconds), "auth_type": "Bearer",
                  "identity": {"user": user, "company": company, "role": "user",
                               "user_name": name, "company_name": "hpo"},
                  "session_id": uuid.uuid4().hex, "env": "", "api_version": self.api_version,
                  "server_version": "2.0.0", "server_build": "613", "feature_set": "basic"}
        text = "%s.%s" % (_pack(b'{"alg":"HS256","typ":"JWT"}'),
                          _pack(json.dumps(claims).encode()))
        token = "%s.%s" % (text, self._sign(text))
        self._issued.add(token)
        return token

    def _sign(self, text):
        return _pack(hmac.new(self._key, text.encode(), hashlib.sha256).digest())

    def revoke(self, token):
        """From now on this token is as one that has expired."""
        self._revoked.add(token)

    def revoke_all(self):
        self._revoked |= self._issued

    def check(self, header):
        """(user or None, token or None) of an Authorization header."""
        kind, _, value = (header or "").partition(" ")
        if not header:
            raise ApiError(401, 20)
        if kind == "Basic":
            return self._basic(value), None
        if kind != "Bearer":
            raise ApiError(401, 10, type=kind)
        return self._bearer(value.strip()), value.strip()

    def _basic(self, value):
        try:
            key, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            raise ApiError(401, 21)
        if not colon:
            raise ApiError(401, 21)
        if (key, secret) != (ACCESS_KEY, SECRET_KEY):
            raise ApiError(401, 22)
        return None

    def _bearer(self, token):
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(text).encode()):
            raise ApiError(401, 30, "malformed")
        claims = json.loads(_unpack(text.partition(".")[2]))
        if token in self._revoked or time.time() >= claims["exp"]:
            raise ApiError(401, 30, "expired")
        return claims["identity"]["user"]
