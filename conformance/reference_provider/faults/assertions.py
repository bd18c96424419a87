"""What is wrong with the claims of client assertions (RFC 7521, RFC 7523, OIDC Core)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.behaviour.client_authentication import Credentials
from conformance.reference_provider.errors import OAuthError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.signatures import SignedToken
from conformance.reference_provider.wire import Request

_OPENID = Policy(documents=frozenset({"oauth", "openid"}))


@fault(trips={"rfc7523-3-assertion-needs-issuer"})
class IssuerMayBeMissing(Behaviour):
    """An assertion without iss is taken."""

    def assertion_issuer_good(self, client: Client, token: SignedToken) -> bool:
        """Compare only what is there."""
        return "iss" not in token.claims or super().assertion_issuer_good(client, token)


@fault(trips={"rfc7521-5.2-self-issued-assertion-issuer-is-client"})
class IssuerOnlyPresent(Behaviour):
    """Any iss will do, as long as there is one."""

    def assertion_issuer_good(self, client: Client, token: SignedToken) -> bool:
        """Ask whether it is there."""
        del client
        return "iss" in token.claims


@fault(trips={"rfc7523-3-assertion-sub-is-client"})
class ClientFromIssuerOnly(Behaviour):
    """The client is taken from iss, and sub is not looked at."""

    def assertion_credentials(self, form: Mapping[str, str]) -> Credentials | None:
        """Name the client that iss names."""
        found = super().assertion_credentials(form)
        if found is None:
            return None
        issuer = self.parsed_assertion(found.assertion).claims.get("iss", found.client_id)
        return replace(found, client_id=str(issuer))

    def assertion_subject_good(self, client: Client, token: SignedToken) -> bool:
        """Ask nothing; only where iss is the client does this come to be asked."""
        return token.claims.get("iss") == client.client_id


@fault(trips={"rfc7523-3-assertion-audience-is-server", "rfc7523-3-audience-compared-as-string"})
class AudienceUnchecked(Behaviour):
    """The audience of an assertion is not looked at."""

    def assertion_audience_good(self, request: Request, token: SignedToken) -> bool:
        """Ask nothing."""
        del request, token
        return True


@fault(trips={"rfc7523-3-audience-compared-as-string"})
class AudienceNormalised(Behaviour):
    """Audiences are compared without regard to letter case."""

    def is_audience(self, name: Any, own: Sequence[str]) -> bool:
        """Compare in lower case."""
        return isinstance(name, str) and name.lower() in [item.lower() for item in own]


@fault(trips={"oidc-core-9-assertion-sole-audience"}, policy=_OPENID)
class AnyAudienceMatches(Behaviour):
    """An OpenID provider takes assertions that are for others as well."""

    def assertion_audience_good(self, request: Request, token: SignedToken) -> bool:
        """Look for one that fits."""
        audience = token.claims.get("aud")
        names = audience if isinstance(audience, list) else [audience]
        return any(self.is_audience(name, self.own_audiences(request)) for name in names)


@fault(trips={"oidc-core-9-issuer-accepted-as-audience"}, policy=_OPENID)
class IssuerIsNoAudience(Behaviour):
    """An OpenID provider takes only the URL of the endpoint as audience."""

    def own_audiences(self, request: Request) -> tuple[str, ...]:
        """Leave out the issuer."""
        return tuple(name for name in super().own_audiences(request) if name != self.own_issuer)


@fault(trips={"rfc7523-3-assertion-needs-valid-expiry"})
class ExpiryOptional(Behaviour):
    """An assertion without exp never ends."""

    def assertion_unexpired(self, expires: float | None, now: float) -> bool:
        """Ask only where there is one."""
        return expires is None or super().assertion_unexpired(expires, now)


@fault(trips={"rfc7523-3-assertion-needs-valid-expiry"})
class ExpiryIgnored(Behaviour):
    """An assertion that has expired is taken."""

    def assertion_unexpired(self, expires: float | None, now: float) -> bool:
        """Ask only whether there is one."""
        del now
        return expires is not None


@fault(trips={"rfc7523-3-assertion-not-before-respected"})
class NotBeforeIgnored(Behaviour):
    """The nbf of an assertion is not looked at."""

    def assertion_has_begun(self, not_before: float, now: float) -> bool:
        """Ask nothing."""
        del not_before, now
        return True


@fault(trips={"rfc7523-3-assertion-lifetime-bounded"})
class AssertionForYears(Behaviour):
    """An assertion may hold for years."""

    def assertion_lifetime_good(self, expires: float, issued: float, now: float) -> bool:
        """Look at iat alone."""
        del expires
        return issued <= now + 5


@fault(trips={"rfc7523-3.2-bad-assertion-error-code"})
class AssertionRefusedAsGrant(Behaviour):
    """An assertion that is no good is answered invalid_grant."""

    def assertion_refused(self) -> OAuthError:
        """Take it for an authorization grant."""
        return OAuthError("invalid_grant", "the assertion is not valid")


@fault(trips={"rfc7523-2.2-assertion-type-and-single-assertion"})
class AssertionTypeIgnored(Behaviour):
    """Whatever the type says, an assertion is a JWT."""

    def assertion_type_good(self, stated: str | None) -> bool:
        """Ask nothing."""
        del stated
        return True


@fault(trips={"rfc7523-2.2-assertion-type-and-single-assertion"})
class FirstOfTwoAssertions(Behaviour):
    """Of two assertions in one value the first counts."""

    def parsed_assertion(self, text: str) -> SignedToken:
        """Read up to the blank."""
        return super().parsed_assertion(text.partition(" ")[0])


@fault(trips={"rfc7521-4.2-body-client-id-matches-assertion"})
class BodyClientIdWins(Behaviour):
    """An assertion of one client authenticates the client that the body names."""

    def authenticated_client(self, request: Request, form: Mapping[str, str]) -> Client:
        """Check the assertion, and then serve somebody else."""
        if "client_assertion" not in form:
            return super().authenticated_client(request, form)
        asserted = {name: value for name, value in form.items() if name != "client_id"}
        client = super().authenticated_client(request, asserted)
        return self.registry.find(form.get("client_id", client.client_id)) or client


@fault(trips={"rfc7521-4.2.1-second-mechanism-beside-assertion-refused"})
class AssertionBeforeOthers(Behaviour):
    """Beside an assertion other credentials are not looked at."""

    def several_credentials(self, found: list[Credentials]) -> Credentials:
        """Take the assertion, if there is one."""
        for credentials in found:
            if credentials.kind == "assertion":
                return credentials
        return super().several_credentials(found)


@fault(trips={"oidc-core-9-assertion-used-once"}, policy=_OPENID)
class AssertionsReplayed(Behaviour):
    """An OpenID provider takes an assertion as often as it comes."""

    def assertion_is_new(self, client: Client, token: SignedToken) -> bool:
        """Ask only for the jti."""
        del client
        return "jti" in token.claims


@fault(trips={"oidc-core-9-assertion-used-once"}, policy=_OPENID)
class AssertionWithoutIdentifier(Behaviour):
    """An OpenID provider takes assertions without jti."""

    def assertion_is_new(self, client: Client, token: SignedToken) -> bool:
        """Let those pass that cannot be told apart."""
        return "jti" not in token.claims or super().assertion_is_new(client, token)


@fault(trips={"oidc-core-9-unknown-assertion-claims-ignored"})
class UnknownClaimsRefused(Behaviour):
    """Assertions with claims beside those of RFC 7523 are refused."""

    def assertion_time_good(self, token: SignedToken) -> bool:
        """Look at the names of claims as well."""
        known = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}
        return token.claims.keys() <= known and super().assertion_time_good(token)


@fault(trips={"oidc-core-9-secret-octets-as-hmac-key"})
class SecretDecodedForTheMac(Behaviour):
    """The secret is decoded from base64url before it is the key of a MAC."""

    def mac_verifies(self, token: SignedToken, secret: str) -> bool:
        """Decode it first."""
        key = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
        return hmac.compare_digest(hmac.digest(key, token.signed, hashlib.sha256), token.signature)


@fault(trips={"oidc-core-16.19-symmetric-secret-long-enough"})
class ShortSecretForTheMac(Behaviour):
    """Secrets for client_secret_jwt have 24 octets."""

    def with_new_secret(self, client: Client) -> tuple[Client, str]:
        """Cut them."""
        made, secret = super().with_new_secret(client)
        if client.auth_method != "client_secret_jwt":
            return made, secret
        return replace(made, secret=self.kept_secret(secret[:24])), secret[:24]
