"""What is wrong with the pages that people see."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference_provider.behaviour import Behaviour
from conformance.reference_provider.faults import fault
from conformance.reference_provider.policy import Policy
from conformance.reference_provider.registry import Client
from conformance.reference_provider.variants import ShowsLogos
from conformance.reference_provider.wire import Request, Response

_INTERACTIVE = Policy(interactive=True)


@fault(trips={"ui-client-text-is-escaped-on-pages"}, policy=_INTERACTIVE)
class ClientNameIsMarkup(Behaviour):
    """The client's name is put into the consent page as it is."""

    def consent_content(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Undo the escaping."""
        name = str(client.metadata.get("client_name", ""))
        content = super().consent_content(client, parameters)
        return content.replace(self.escaped(name), name) if name else content


@fault(
    trips={"ui-approval-shows-something-the-registrant-cannot-choose-freely"},
    policy=_INTERACTIVE,
)
class ConsentShowsTheNameAlone(Behaviour):
    """The consent page shows nothing but what the client chose."""

    def consent_content(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Leave the identifier out."""
        content = super().consent_content(client, parameters)
        return content.replace(f"Registered by itself as {client.client_id}", "")


@fault(trips={"ui-authorization-error-page-reflects-nothing-raw"})
class ErrorPageReflects(Behaviour):
    """The error page of the authorization endpoint repeats the client_id as it is."""

    def authorize(self, request: Request) -> Response:
        """Name it without escaping."""
        answer = super().authorize(request)
        if answer.status != self.authorization_page_status():
            return answer
        named = dict(self.form_pairs(request.query)).get("client_id", "")
        return replace(answer, body=answer.body + named.encode())


@fault(trips={"ui-invisible-and-bidi-characters-neutralised"}, policy=_INTERACTIVE)
class NamesTurnThePage(Behaviour):
    """The client's name stands among the words of the consent page without isolation."""

    def consent_content(self, client: Client, parameters: Mapping[str, str]) -> str:
        """Leave the isolating element out."""
        content = super().consent_content(client, parameters)
        return content.replace("<bdi>", "<b>").replace("</bdi>", "</b>")


@fault(trips={"ui-logo-cannot-run-script"}, policy=_INTERACTIVE)
class LogosAreObjects(ShowsLogos):
    """The consent page shows logos in an element in which scripts run."""

    def logo_markup(self, url: str) -> str:
        """Let it be any kind of document."""
        return f'<object data="{self.escaped(url)}"></object>'
