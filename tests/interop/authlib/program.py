"""Authlib's registration and configuration endpoints on Flask, set up as its documentation shows.

Clients, codes and tokens are kept in memory; whoever asks for authorization is user 1, who
consents. ``managed`` adds the client configuration endpoint (RFC 7592), ``trusted`` also takes
software statements of the directory at its usual address.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import time
import urllib.request
from urllib.parse import urlparse

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6749.util import list_to_scope, scope_to_list
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint
from authlib.oauth2.rfc7592 import ClientConfigurationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, jsonify
from werkzeug.serving import make_server

GRANTS = ["authorization_code", "refresh_token", "client_credentials"]
METHODS = ["client_secret_basic", "client_secret_post", "none"]
METADATA = {
    "grant_types_supported": GRANTS,
    "response_types_supported": ["code"],
    "scopes_supported": ["read", "write"],
    "token_endpoint_auth_methods_supported": METHODS,
    "code_challenge_methods_supported": ["S256"],
}
TRUSTED_KEYS = "http://127.0.0.1:9443/jwks"
clients, codes, tokens, management = {}, {}, {}, {}


class Client(ClientMixin):
    """A client as Authlib's own mixin for databases keeps it."""

    def __init__(self, client_info, client_metadata):
        self.client_info = client_info
        self.client_metadata = client_metadata

    def get_client_id(self):
        return self.client_info["client_id"]

    def get_default_redirect_uri(self):
        return next(iter(self.client_metadata.get("redirect_uris", [])), None)

    def get_allowed_scope(self, scope):
        allowed = set(scope_to_list(self.client_metadata.get("scope", "")) or [])
        return list_to_scope([word for word in scope_to_list(scope) or [] if word in allowed])

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.client_metadata.get("redirect_uris", [])

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(self.client_info["client_secret"], client_secret)

    def check_endpoint_auth_method(self, method, endpoint):
        if endpoint == "token":
            default = "client_secret_basic"
            return method == self.client_metadata.get("token_endpoint_auth_method", default)
        return True

    def check_response_type(self, response_type):
        return response_type in self.client_metadata.get("response_types", ["code"])

    def check_grant_type(self, grant_type):
        return grant_type in self.client_metadata.get("grant_types", ["authorization_code"])


class Token(TokenMixin):
    """An access token, with its refresh token where there is one."""

    def __init__(self, client_id, user, **values):
        self.client_id, self.user, self.values = client_id, user, values
        self.revoked = False
        self.until = time.time() + values.get("expires_in", 3600)

    def check_client(self, client):
        return self.client_id == client.get_client_id()

    def get_scope(self):
        return self.values.get("scope", "")

    def get_expires_in(self):
        return self.values.get("expires_in", 3600)

    def is_expired(self):
        return time.time() > self.until

    def is_revoked(self):
        return self.revoked

    def get_user(self):
        return self.user

    def get_client(self):
        return clients.get(self.client_id)


class Code:
    """An authorization code."""

    def __init__(self, **values):
        self.__dict__.update(values)
        self.until = time.time() + 300

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code, request):
        codes[code] = Code(
            code=code,
            client_id=request.client.get_client_id(),
            redirect_uri=request.payload.redirect_uri,
            scope=request.payload.scope,
            user=request.user,
            code_challenge=request.payload.data.get("code_challenge"),
            code_challenge_method=request.payload.data.get("code_challenge_method"),
        )

    def query_authorization_code(self, code, client):
        found = codes.get(code)
        mine = found is not None and found.client_id == client.get_client_id()
        return found if mine and found.until > time.time() else None

    def delete_authorization_code(self, authorization_code):
        codes.pop(authorization_code.code, None)

    def authenticate_user(self, authorization_code):
        return authorization_code.user


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        found = tokens.get(refresh_token)
        return found if found is not None and not found.revoked else None

    def authenticate_user(self, refresh_token):
        return refresh_token.user

    def revoke_old_credential(self, refresh_token):
        refresh_token.revoked = True


class Revocation(RevocationEndpoint):
    def query_token(self, token_string, token_type_hint):
        return tokens.get(token_string)

    def revoke_token(self, token, request):
        token.revoked = True


def _registration_info(client):
    token = management[client.get_client_id()]
    return {
        "registration_client_uri": f"{ISSUER}/register/{client.get_client_id()}",
        "registration_access_token": token,
    }


class Registration(ClientRegistrationEndpoint):
    def authenticate_token(self, request):
        return "anybody may register"

    def get_server_metadata(self):
        return METADATA

    def save_client(self, client_info, client_metadata, request):
        client = clients[client_info["client_id"]] = Client(client_info, client_metadata)
        management[client_info["client_id"]] = secrets.token_urlsafe(32)
        return client

    def generate_client_registration_info(self, client, request):
        return _registration_info(client) if MANAGED else None


class TrustingRegistration(Registration):
    """Takes statements that the directory signed: the keys are all that Authlib asks for."""

    software_statement_alg_values_supported = ("PS256",)

    def resolve_public_key(self, request):
        with urllib.request.urlopen(TRUSTED_KEYS, timeout=5) as answer:
            return json.load(answer)


class Configuration(ClientConfigurationEndpoint):
    def authenticate_token(self, request):
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        owner = next((key for key, token in management.items() if token == value), None)
        return Token(owner, None) if owner and scheme.lower() == "bearer" else None

    def authenticate_client(self, request):
        path = urlparse(request.uri).path
        return clients.get(path.rstrip("/").rsplit("/", 1)[-1])

    def revoke_access_token(self, request, token):
        management.pop(token.client_id, None)

    def check_permission(self, client, request):
        return True

    def get_server_metadata(self):
        return METADATA

    def generate_client_registration_info(self, client, request):
        return _registration_info(client)

    def delete_client(self, client, request):
        clients.pop(client.get_client_id(), None)
        management.pop(client.get_client_id(), None)

    def update_client(self, client, client_metadata, request):
        client.client_metadata = {**client.client_metadata, **client_metadata}
        return client


def save_token(values, request):
    token = Token(request.client.get_client_id(), request.user, **values)
    for name in ("access_token", "refresh_token"):
        if name in values:
            tokens[values[name]] = token


app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(app, query_client=clients.get, save_token=save_token)
server.register_grant(CodeGrant, [CodeChallenge(required=False)])
server.register_grant(RefreshGrant)
server.register_grant(grants.ClientCredentialsGrant)
server.register_endpoint(Revocation)
server.register_endpoint(Configuration)


@app.get("/.well-known/oauth-authorization-server")
def metadata():
    endpoints = {
        "registration_endpoint": "/register",
        "authorization_endpoint": "/authorize",
        "token_endpoint": "/token",
        "revocation_endpoint": "/revoke",
    }
    urls = {name: f"{ISSUER}{path}" for name, path in endpoints.items()}
    return jsonify({"issuer": ISSUER, **urls, **METADATA})


@app.post("/register")
def register():
    return server.create_endpoint_response("client_registration")


@app.route("/register/<client_id>", methods=["GET", "PUT", "DELETE"])
def configuration(client_id):
    return server.create_endpoint_response("client_configuration")


@app.get("/authorize")
def authorize():
    return server.create_authorization_response(grant_user="user 1")


@app.post("/token")
def token():
    return server.create_token_response()


@app.post("/revoke")
def revoke():
    return server.create_endpoint_response("revocation")


if __name__ == "__main__":
    MANAGED = sys.argv[1] != "open"
    server.register_endpoint(TrustingRegistration if sys.argv[1] == "trusted" else Registration)
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback only
    logging.getLogger("werkzeug").disabled = True
    listening = make_server("127.0.0.1", 0, app, threaded=True)
    ISSUER = f"http://127.0.0.1:{listening.port}"
    print(f"READY {ISSUER}", flush=True)
    listening.serve_forever()
