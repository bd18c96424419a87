"""Lawful choices that settings of the reference provider bring about, by the tenant's name."""

from collections.abc import Mapping

from conformance.reference_provider.policy import Policy

PREFERENCES: Mapping[str, tuple[str, Policy]] = {
    "default": ("the plainest provider: RFC 7591, RFC 7592 and all endpoints", Policy()),
    "statements-required": (
        "registers nobody without a fresh software statement of a trusted directory",
        Policy(statements="required", single_use_statements=True),
    ),
    "statements-ignored": (
        "has never heard of software statements",
        Policy(statements="ignored"),
    ),
    "openid": (
        "an OpenID provider with both metadata documents and implicit flow",
        Policy(documents=frozenset({"oauth", "openid"}), allow_implicit=True),
    ),
    "openid-only": (
        "an OpenID provider that reads back no token and takes remote http redirects",
        Policy(
            documents=frozenset({"openid"}),
            allow_implicit=True,
            hide_token_on_read=True,
            allow_remote_http_redirects=True,
        ),
    ),
    "no-documents": (
        "only a registration endpoint that one has to know",
        Policy(documents=frozenset()),
    ),
    "no-management": ("RFC 7591 without RFC 7592", Policy(management=frozenset())),
    "read-only-management": (
        "clients can be read but not changed: 405",
        Policy(management=frozenset({"GET"})),
    ),
    "no-deletion": (
        "clients cannot delete themselves: 403",
        Policy(management=frozenset({"GET", "PUT"}), refused_method_status=403),
    ),
    "registration-only": (
        "neither pushed nor signed requests, neither introspection nor revocation",
        Policy(
            offers_par=False,
            offers_request_objects=False,
            offers_introspection=False,
            offers_revocation=False,
        ),
    ),
    "machines-only": (
        "no authorization endpoint: client credentials only",
        Policy(
            offers_authorization=False,
            offers_par=False,
            default_grant_types=("client_credentials",),
        ),
    ),
    "protected": (
        "registration needs the initial access token initial-access-token",
        Policy(initial_access_token="initial-access-token"),  # noqa: S106 - for everybody to use
    ),
    "limited": (
        "five registrations an hour, then 429 with Retry-After",
        Policy(registration_limit=5),
    ),
    "limited-twenty": (
        "twenty registrations an hour, then 429 with Retry-After",
        Policy(registration_limit=20),
    ),
    "rotating": (
        "registration tokens rotate on read and update, secrets on update",
        Policy(rotate_registration_tokens=True, rotate_secrets_on_update=True),
    ),
    "burning": (
        "a registration token tried on another client is revoked",
        Policy(burn_token_on_foreign_client=True),
    ),
    "hashing": (
        "an OpenID provider that keeps only digests of secrets, so reads do not show them",
        Policy(documents=frozenset({"openid"}), hashes_secrets=True),
    ),
    "expiring": ("secrets end after an hour", Policy(secret_lifetime=3600)),
    "other-defaults": (
        "defaults are client_secret_post and an extra refresh_token grant",
        Policy(
            default_auth_method="client_secret_post",
            default_grant_types=("authorization_code", "refresh_token"),
        ),
    ),
    "replacing": (
        "unusable optional values are replaced by defaults, unknown scopes dropped",
        Policy(bad_metadata="replace", unknown_scope="drop"),
    ),
    "remembering": (
        "unknown metadata is kept and returned, omitted members stay on update",
        Policy(keep_unknown_metadata=True, keeps_omitted_on_update=True),
    ),
    "strict": (
        "no private schemes or loopback, nulls and forbidden members refused, PKCE always",
        Policy(
            allow_private_schemes=False,
            allow_loopback_redirects=False,
            null_metadata="refuse",
            forbidden_update_members="refuse",
            displayed_urls_same_host=True,
            require_pkce="always",
            challenge_methods=("S256",),
            form_body_status=400,
            sends_pragma=False,
        ),
    ),
    "relaxed": (
        "updates need no client_id, localhost ports vary, any web page may register",
        Policy(update_needs_client_id=False, localhost_port_variable=True, cors=True),
    ),
    "listed-hosts": (
        "redirect URIs of one host only",
        Policy(redirect_hosts=("client.example",)),
    ),
    "confidential-only": (
        "no public clients and no client credentials",
        Policy(allow_public_clients=False, allow_client_credentials=False, allow_refresh=False),
    ),
    "no-scope": ("no scope is registered by default", Policy(default_scope="")),
    "deletion-only": (
        "clients can be deleted but neither read nor changed: 405",
        Policy(management=frozenset({"DELETE"})),
    ),
    "grant-first": (
        "the token endpoint looks at codes before it looks at the client",
        Policy(grant_before_client=True),
    ),
    "adding": (
        "updates add a redirect URI of the server's own",
        Policy(adds_redirect_uri_on_update="https://callback.provider.example/cb"),
    ),
    "late": (
        "updates and deletions take one and a half seconds to arrive",
        Policy(propagation_s=1.5),
    ),
    "scattered": (
        "new clients, updates and deletions arrive late, and later still at other servers",
        Policy(propagation_s=1.5, propagation_elsewhere_s=3.5, new_clients_propagate=True),
    ),
    "interactive": ("a page asks a person for consent", Policy(interactive=True)),
    "lenient-clock": (
        "clocks of clients may be a minute off, and assertions are taken again",
        Policy(assertion_leeway=60, single_use_assertions=False),
    ),
    "issuer-audience": (
        "assertions are for the issuer and nobody else",
        Policy(assertion_audience="issuer"),
    ),
    "endpoint-audience": (
        "assertions are for the token endpoint, and perhaps for others",
        Policy(assertion_audience="endpoint", takes_shared_assertions=True),
    ),
    "par-required": ("authorization requests must be pushed", Policy(require_par=True)),
}
"""A sentence about each, and its policy."""
