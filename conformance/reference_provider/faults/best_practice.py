"""What RFC 8252 and RFC 9700 tell providers not to do, and they do."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.errors import RegistrationError
from conformance.reference_provider.faults import fault
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.variants import LoginFirst
from conformance.reference_provider.wire import Request, Response

_BEST = ("rfc7591", "rfc7592", "rfc8252", "rfc9700")


@fault(trips={"rfc9700-2.4-password-grant-not-offered"}, declares=_BEST)
class PasswordGrant(Behaviour):
    """Dynamic clients may ask for passwords."""

    def supported_grant_types(self) -> tuple[str, ...]:
        """Offer it."""
        return (*super().supported_grant_types(), "password")

    def granted(self, request: Request, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """Look the password up."""
        if form["grant_type"] == "password":
            raise self.bad_grant()
        return super().granted(request, client, form)


@fault(
    trips={"rfc9700-4.11.2-no-anonymous-open-redirector"},
    policy=Policy(interactive=True),
    declares=_BEST,
)
class ErrorsBeforeLogin(LoginFirst):
    """Errors are redirected to any client before anybody has logged in."""

    def authorize(self, request: Request) -> Response:
        """Look at the request first."""
        answer = Behaviour.authorize(self, request)
        return answer if answer.status == self.redirect_status() else super().authorize(request)


@fault(trips={"rfc8252-8.4-undotted-private-scheme-refused"}, declares=_BEST)
class UndottedSchemes(Behaviour):
    """Private-use schemes need no period."""

    def check_redirect_private_scheme(self, parts: SplitResult) -> None:
        """Take short ones too."""
        try:
            super().check_redirect_private_scheme(parts)
        except RegistrationError:
            if parts.scheme != "dcr-conformance":
                raise


@fault(trips={"rfc8252-8.1-pkce-enforced-when-used"}, declares=_BEST)
class VerifierUnchecked(Behaviour):
    """The code verifier is not looked at."""

    def check_verifier(self, code: object, form: Mapping[str, str]) -> None:
        """Trust whoever has the code."""


@fault(trips={"rfc8252-8.1-pkce-enforced-when-used"}, declares=_BEST)
class VerifierOptional(Behaviour):
    """A code verifier is looked at where one is sent."""

    def check_verifier(self, code: Any, form: Mapping[str, str]) -> None:
        """Ask for none."""
        if "code_verifier" in form:
            super().check_verifier(code, form)
