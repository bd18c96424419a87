"""The legal choices of a provider: none of these settings makes it wrong.

Each is something that conforming providers really differ in. What is wrong is
a fault, a subclass of ``Behaviour``, and never a setting.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Policy:
    """What one tenant offers and prefers; the defaults are the plainest provider."""

    # What is offered at all
    documents: frozenset[str] = frozenset({"oauth"})
    """Metadata documents served: "oauth" (RFC 8414), "openid" (OpenID Discovery)."""
    offers_registration: bool = True
    management: frozenset[str] = frozenset({"GET", "PUT", "DELETE"})
    """Methods of the client configuration endpoint; empty: no RFC 7592 at all."""
    refused_method_status: Literal[403, 405] = 405
    """The answer to a management method not offered (RFC 7592 sections 2.1 to 2.3)."""
    offers_authorization: bool = True
    offers_token: bool = True
    offers_par: bool = True
    offers_request_objects: bool = True
    """Authorization requests may be signed (RFC 9101)."""
    offers_mutual_tls: bool = True
    """Clients may authenticate by certificates (RFC 8705), where somebody asks for them."""
    offers_introspection: bool = True
    offers_revocation: bool = True
    open_introspection: bool = False
    """Any confidential client may ask about any token, not only about its own (RFC 7662 2.1)."""

    # Who may register
    initial_access_token: str | None = None
    initial_access_token_uses: int | None = None
    """How many registrations the token is good for; None: any number."""
    registration_limit: int | None = None
    """Registrations in one window; more are answered 429 with Retry-After."""
    registration_window: int = 3600

    # What may be registered
    auth_methods: tuple[str, ...] = (
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "none",
    )
    allow_public_clients: bool = True
    allow_client_credentials: bool = True
    allow_refresh: bool = True
    allow_implicit: bool = False
    allow_loopback_redirects: bool = True
    allow_private_schemes: bool = True
    allow_remote_http_redirects: bool = False
    """OpenID providers may take them (OIDC Registration 2); RFC 7591 section 5 forbids them."""
    redirect_hosts: tuple[str, ...] = ()
    """The only hosts that redirect URIs may have; empty: any."""
    displayed_urls_same_host: bool = False
    """Refuse client_uri and its kin on other hosts than the redirect URIs (RFC 7591 section 5)."""
    scopes: tuple[str, ...] = ("read", "write", "admin")
    default_scope: str = "read"
    """Registered where the client asks for none; empty: no scope is registered then."""
    unknown_scope: Literal["refuse", "drop"] = "refuse"

    # Defaults and substitutions (RFC 7591 section 2: the server may replace any value)
    default_auth_method: str = "client_secret_basic"
    default_grant_types: tuple[str, ...] = ("authorization_code",)
    bad_metadata: Literal["refuse", "replace"] = "refuse"
    """Replace: an unusable optional value is dropped and its default registered."""
    keep_unknown_metadata: bool = False
    null_metadata: Literal["absent", "refuse"] = "absent"
    statements: Literal["accepted", "required", "ignored"] = "accepted"
    """Software statements of trusted issuers; where nobody is trusted they are ignored."""
    single_use_statements: bool = False
    form_body_status: Literal[400, 415] = 415

    # Credentials
    secret_lifetime: int = 0
    """Seconds; 0: secrets never expire."""
    hashes_secrets: bool = False
    """Only a digest is kept, so that later answers cannot repeat the secret."""
    rotate_registration_tokens: bool = False
    rotate_secrets_on_update: bool = False
    hide_token_on_read: bool = False
    """Read answers leave out the registration token and URL (OIDC Registration 4.3)."""
    burn_token_on_unknown_client: bool = True
    """RFC 7592 section 2.1: the token used SHOULD be revoked."""
    burn_token_on_foreign_client: bool = False

    # Updates
    keeps_omitted_on_update: bool = False
    """RFC 7592 section 2.2 lets a server ignore null and left-out members."""
    update_needs_client_id: bool = True
    adds_redirect_uri_on_update: str = ""
    """A redirect URI of the server's own that updates add (RFC 7591 section 3.2.1)."""
    propagation_s: float = 0.0
    """Seconds until updates and deletions arrive where they are asked for."""
    propagation_elsewhere_s: float = 0.0
    """The same for pushed requests, introspection and revocation, where other servers do that."""
    new_clients_propagate: bool = False
    """New clients take as long to arrive."""
    forbidden_update_members: Literal["ignore", "refuse"] = "ignore"
    """The four members a client must not send in an update (RFC 7592 section 2.2)."""

    # Authorization
    interactive: bool = False
    """A login and consent page instead of consent by itself."""
    require_pkce: Literal["never", "public", "always"] = "public"
    challenge_methods: tuple[str, ...] = ("S256", "plain")
    require_par: bool = False
    sends_issuer: bool = True
    """The iss response parameter (RFC 9207)."""
    grant_before_client: bool = False
    """The token endpoint looks at the grant first; RFC 6749 names no order."""
    localhost_port_variable: bool = False
    """RFC 8252 section 7.3 asks it of loopback IP literals only."""

    # Lifetimes in seconds, and sizes
    code_lifetime: int = 60
    access_token_lifetime: int = 3600
    refresh_token_lifetime: int = 86400
    pushed_request_lifetime: int = 90
    assertion_lifetime: int = 600
    """How far ahead the exp of a client assertion may lie."""
    assertion_leeway: int = 0
    """Seconds by which the clocks of clients may differ (RFC 7523 section 3)."""
    assertion_audience: Literal["any", "issuer", "endpoint"] = "any"
    """What the server is called in assertions; RFC 7523 leaves that to be agreed."""
    takes_shared_assertions: bool = False
    """An assertion may name other servers beside this one (RFC 7519 section 4.1.3)."""
    single_use_assertions: bool = True
    """RFC 7523 section 3 lets a server take an assertion again until it expires."""
    key_cache_lifetime: int = 30
    fetch_timeout_s: float = 2.0
    """For a document as a whole."""
    fetches_from_this_machine: bool = False
    """As on a test bench: a guard that forbids none of this machine's own addresses."""
    body_limit: int = 65536
    nesting_limit: int = 32
    cors: bool = False
    """Answers may be read by any web page, without credentials."""
    sends_pragma: bool = True
    realm: str = "reference provider"
