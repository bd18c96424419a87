"""The registration endpoint (RFC 7591 section 3)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference_provider.behaviour.statements import Statements
from conformance.reference_provider.errors import (
    BearerError,
    RegistrationError,
    UnreadableBodyError,
)
from conformance.reference_provider.grants import RegistrationWindow
from conformance.reference_provider.registry import Client
from conformance.reference_provider.wire import Headers, Request, Response


class Registration(Statements):
    """From a request to a new client."""

    def registration_methods(self) -> frozenset[str]:
        """Return the methods of the registration endpoint; it lists no clients."""
        return frozenset({"POST"})

    def register(self, request: Request) -> Response:
        """Register a client, or say why not."""
        try:
            self.check_throttle()
            self.check_initial_access_token(request)
            sent = self.read_metadata(request)
            metadata = self.metadata_of(sent)
            self.spend_initial_access_token()
        except BearerError as error:
            return self.bearer_refused(error)
        except TooManyRegistrationsError as error:
            return self.throttled(error.seconds)
        except RegistrationError as error:
            return self.registration_refused(error)
        client, secret = self.new_client(sent, metadata)
        self.registry.add(client)
        self.count_registration()
        return self.registered(request, client, secret)

    # Who may register (RFC 7591 section 3 and appendix A.1)

    def check_initial_access_token(self, request: Request) -> None:
        """Demand the initial access token where registration is protected."""
        expected = self.policy.initial_access_token
        if expected is None:
            return
        if not self.same(self.bearer_token(request), expected) or self.initial_token_spent():
            raise self.invalid_token()

    def initial_token_spent(self) -> bool:
        """Tell whether the initial access token has been used as often as it may."""
        uses = self.policy.initial_access_token_uses
        return uses is not None and self.grants.window.initial_token_uses >= uses

    def spend_initial_access_token(self) -> None:
        """Count a use of the initial access token before the client is made, not after."""
        with self.grants.lock:
            if self.policy.initial_access_token is not None and self.initial_token_spent():
                raise self.invalid_token()
            self.grants.window.initial_token_uses += 1

    def check_throttle(self) -> None:
        """Refuse more registrations than the operator allows (RFC 7591 section 5)."""
        window = self.grants.window
        if self.now() >= window.ends_at:
            self.grants.window = RegistrationWindow(
                self.now() + self.policy.registration_window,
                initial_token_uses=window.initial_token_uses,
            )
        limit = self.policy.registration_limit
        if limit is not None and self.grants.window.registrations >= limit:
            raise TooManyRegistrationsError(int(self.grants.window.ends_at - self.now()) + 1)

    def count_registration(self) -> None:
        """Count a registration of the current window."""
        self.grants.window.registrations += 1

    def throttled(self, seconds: int) -> Response:
        """Answer one registration too many (RFC 6585 section 4, RFC 9110 section 10.2.3)."""
        body = self.error_body("temporarily_unavailable", "too many registrations, try later")
        return self.error_answer(429, body, (("retry-after", str(seconds)),))

    # The new client (RFC 7591 section 3.2.1)

    def new_client(
        self, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[Client, str | None]:
        """Make the record, and return the plain secret beside it; nothing comes from ``sent``."""
        del sent
        now = self.now()
        client = Client(
            client_id=self.new_client_id(),
            metadata=metadata,
            issued_at=int(now),
            registration_token=self.new_registration_token() if self.policy.management else None,
        )
        if not self.needs_secret(client.auth_method):
            return client, None
        return self.with_new_secret(client)

    def needs_secret(self, method: str) -> bool:
        """Tell whether clients of that method hold a secret (RFC 7591 section 2)."""
        return method in {"client_secret_basic", "client_secret_post", "client_secret_jwt"}

    def with_new_secret(self, client: Client) -> tuple[Client, str]:
        """Return the client with a fresh secret, and that secret in plain."""
        secret = self.new_secret()
        kept = self.kept_secret(secret)
        expiry = self.secret_expiry(self.now())
        return replace(client, secret=kept, secret_expires_at=expiry), secret

    def registered_status(self) -> int:
        """Return the status of a registration (RFC 7591 section 3.2.1)."""
        return 201

    def registered_headers(self) -> Headers:
        """Return the headers of a registration; it carries credentials."""
        return self.cache_headers()

    def registered(self, request: Request, client: Client, secret: str | None) -> Response:
        """Answer a successful registration."""
        body = self.client_information(request, client, secret=secret, reading=False)
        return self.json_answer(self.registered_status(), body, self.registered_headers())

    # Refusals (RFC 7591 section 3.2.2)

    def registration_refused(self, error: RegistrationError) -> Response:
        """Answer a registration or update that is refused."""
        status = self.registration_error_status(error)
        return self.error_answer(status, self.registration_error_body(error))

    def registration_error_status(self, error: RegistrationError) -> int:
        """Return the status of a refusal: 400, but for bodies that HTTP has a word for."""
        if isinstance(error, UnreadableBodyError):
            statuses = {"size": 413, "encoding": 415, "type": self.policy.form_body_status}
            return statuses.get(error.reason, 400)
        return 400

    def registration_error_code(self, error: RegistrationError) -> str:
        """Return the error code (RFC 7591 section 3.2.2)."""
        return error.code

    def registration_error_body(self, error: RegistrationError) -> dict[str, Any]:
        """Return the error object of a refusal."""
        return self.error_body(self.registration_error_code(error), error.text)


class TooManyRegistrationsError(Exception):
    """The operator's limit is reached; ``seconds`` until there is room again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds
