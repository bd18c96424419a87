"""What goes wrong with requests at the edges of HTTP (RFC 9110, RFC 9112, CORS)."""

from collections.abc import Iterable
from dataclasses import replace

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.wire import Headers, Request, Response

_CROSS_ORIGIN = Policy(cors=True)
_LIMITED = Policy(registration_limit=20)


@fault(trips={"rfc9110-8.3.1-media-type-matched-without-case-and-with-parameters"})
class MediaTypeWithLetterCase(Behaviour):
    """The media type of a body is compared with its letter case."""

    def media_type(self, request: Request) -> str:
        """Leave it as it is."""
        return (request.header("content-type") or "").partition(";")[0].strip()


@fault(trips={"rfc9110-8.3.1-media-type-matched-without-case-and-with-parameters"})
class OneParameterOnly(Behaviour):
    """A body whose media type has an unknown parameter is refused."""

    def media_type(self, request: Request) -> str:
        """Know the charset and nothing else."""
        known = "dcr-conformance=" not in (request.header("content-type") or "")
        return super().media_type(request) if known else ""


@fault(trips={"rfc9112-7.1-chunked-request-body-accepted"})
class ChunkedBodiesUnread(Behaviour):
    """A body that comes in chunks is taken for empty."""

    def register(self, request: Request) -> Response:
        """Read as much as Content-Length says."""
        if request.header("transfer-encoding"):
            request = replace(request, body=b"")
        return super().register(request)


@fault(trips={"rfc9110-8.4-compressed-bodies-bounded-or-refused"})
class BrokenGzipCrashes(Behaviour):
    """A body that is called gzip and is none ends in a server error."""

    def register(self, request: Request) -> Response:
        """Unpack it at any price."""
        if self.is_encoded(request) and not request.body.startswith(b"\x1f\x8b"):
            return self.error_answer(500, self.error_body("server_error", "not a gzipped file"))
        return super().register(request)


@fault(trips={"rfc9110-9.3.2-head-on-client-configuration"})
class HeadNeedsNoToken(Behaviour):
    """HEAD tells without a token that a client exists."""

    def manage(self, request: Request, client_id: str) -> Response:
        """Authenticate who wants a body."""
        if request.method == "HEAD":
            return self.empty_answer(200 if self.registry.find(client_id) else 404)
        return super().manage(request, client_id)


@fault(trips={"rfc9110-9.3.2-head-on-client-configuration"})
class HeadUnrouted(Behaviour):
    """HEAD ends in a server error."""

    def configuration_answer(self, request: Request, client_id: str) -> Response:
        """Know no such method."""
        if request.method == "HEAD":
            return self.empty_answer(500)
        return super().configuration_answer(request, client_id)


@fault(trips={"rfc9110-10.2.3-retry-after-well-formed"}, policy=_LIMITED)
class RetryAfterWithUnit(Behaviour):
    """Retry-After has a unit."""

    def throttled(self, seconds: int) -> Response:
        """Say that they are seconds."""
        answer = super().throttled(seconds)
        kept = [(n, f"{v}s" if n == "retry-after" else v) for n, v in answer.headers]
        return replace(answer, headers=tuple(kept))


@fault(trips={"rate-limit-not-evaded-by-forged-address"}, policy=_LIMITED)
class LimitByForgedAddress(Behaviour):
    """Whoever names another address in a header has a limit of his own."""

    def register(self, request: Request) -> Response:
        """Count by what the header says."""
        self.__dict__["elsewhere"] = request.header("x-forwarded-for") is not None
        return super().register(request)

    def check_throttle(self) -> None:
        """Let strangers in."""
        if not self.__dict__.get("elsewhere"):
            super().check_throttle()


@fault(trips={"robustness-method-override-changes-nothing"})
class MethodOverridden(Behaviour):
    """A header field turns GET into DELETE."""

    def configuration_answer(self, request: Request, client_id: str) -> Response:
        """Believe the field."""
        method = request.header("x-http-method-override")
        if method and request.method == "GET":
            request = replace(request, method=method)
        return super().configuration_answer(request, client_id)


@fault(trips={"robustness-oversized-and-deep-bodies-bounded"})
class DeepBodiesCrash(Behaviour):
    """A body that is nested deeply ends in a server error."""

    def register(self, request: Request) -> Response:
        """Run out of stack."""
        if request.body.count(b"[") > 1000:
            return self.error_answer(500, self.error_body("server_error", "recursion"))
        return super().register(request)


@fault(
    trips={"cors-preflight-needs-no-credentials-and-allows-what-clients-send"},
    policy=_CROSS_ORIGIN,
)
class PreflightAuthenticated(Behaviour):
    """A preflight needs a token, like everything else there."""

    def preflight(self, request: Request, methods: Iterable[str]) -> Response:
        """Ask for it."""
        del request, methods
        return self.bearer_refused(self.missing_token())


@fault(trips={"cors-headers-also-on-error-answers"}, policy=_CROSS_ORIGIN)
class ErrorsHiddenFromPages(Behaviour):
    """Only successes have the header fields for web pages."""

    def finished(self, request: Request, response: Response) -> Response:
        """Take them from errors."""
        answer = super().finished(request, response)
        if answer.status < 400:
            return answer
        kept = [(n, v) for n, v in answer.headers if not n.startswith("access-control")]
        return replace(answer, headers=tuple(kept))


@fault(trips={"cors-no-credentialed-access-for-any-origin"})
class AnyOriginWithCredentials(Behaviour):
    """Whatever origin a request names may use the user's credentials."""

    def cors_headers(self, request: Request) -> Headers:
        """Say what is asked."""
        origin = request.header("origin")
        if origin is None:
            return ()
        return (
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
        )
