"""Values that are data, whatever they look like: to a query, a template, a header or a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import expect
from conformance.checks.robustness.asking import handled, malformed, told
from conformance.checks.shared import credentials_client
from conformance.evidence import Answer
from conformance.exchange import exchange, load_cases
from conformance.outcomes import NotApplicable
from conformance.provider.sender import OMIT
from conformance.requirement import requirement

if TYPE_CHECKING:
    from conformance.exchange import Case
    from conformance.provider.operations import Provider

_FACTORS = (104729, 1299709)
_PRODUCT = str(_FACTORS[0] * _FACTORS[1])
_SUM = f"{_FACTORS[0]}*{_FACTORS[1]}"
EXPRESSIONS = f"dcr ${{{_SUM}}} {{{{{_SUM}}}}} #{{{_SUM}}} <%={_SUM}%> {{{_SUM}}}"
PROBE = "X-Dcr-Probe"
SMUGGLED = "dcr-conformance smuggled"


@exchange(cases=load_cases("metacharacters"), depth="full")
def metacharacter_registration(provider: Provider, case: Case) -> dict[str, Answer]:
    """Send a good registration with a value that would mean something in a query."""
    control = provider.control(**provider.baseline())
    odd, _ = provider.attempt(provider.baseline(**{case.member: case.value}))
    return {"control": control.registration, "plain": malformed(provider), "odd": odd}


@exchange
def operator_requests(provider: Provider) -> dict[str, Answer]:
    """Ask for a token rightly and with operators in place of credentials, then for any client."""
    url = provider.endpoint("token_endpoint")
    client = credentials_client(provider)
    if client.secret is None:
        raise NotApplicable("no client_secret was issued")
    grant: dict[str, Any] = {"grant_type": "client_credentials"}
    answers: dict[str, Answer] = {"right": provider.token(client, **grant)}
    answers["none"] = provider.token(client, method="none", **grant)
    forms = {
        "operators": {"client_id[$ne]": "x", "client_secret[$ne]": "x"},
        "an operator for a secret": {"client_id": client.client_id, "client_secret[$ne]": "x"},
        "an asterisk": {"client_id": "*", "client_secret": "*"},
    }
    for name, form in forms.items():
        answers[name] = provider.post_form(url, {**grant, **form}, operation="token")
    return answers


@exchange(depth="full")
def expression_registration(provider: Provider) -> dict[str, Answer]:
    """Register a name full of expressions; read it and look at the authorization page."""
    control = provider.control(**provider.baseline())
    odd, client = provider.attempt(provider.baseline(client_name=EXPRESSIONS))
    answers: dict[str, Answer] = {"control": control.registration, "registration": odd}
    if client is None:
        return answers
    if client.manageable:
        answers["read"] = client.read()
    if provider.session.endpoint("authorization_endpoint"):
        answers["page"] = provider.authorize(client)
    return answers


@exchange(depth="full")
def injected_lines(provider: Provider) -> dict[str, Answer]:
    """Send line breaks in a state, in a redirect URI and in a name."""
    provider.endpoint("authorization_endpoint")
    line = f"dcr\r\n{PROBE}: 1"
    control = provider.control(**provider.baseline())
    answers: dict[str, Answer] = {"plain": provider.authorize(control)}
    answers["state"] = provider.authorize(control, state=line)
    uri = f"{provider.redirect_uri()}/%0d%0a{PROBE}:%201"
    answers["redirect URI, registered"], client = provider.attempt(
        provider.baseline(redirect_uris=[uri])
    )
    if client is not None:
        answers["redirect URI"] = provider.authorize(client, redirect_uri=uri)
    answers["name"], _ = provider.attempt(provider.baseline(client_name=line))
    return answers


@exchange(depth="full")
def cut_values(provider: Provider) -> dict[str, Answer]:
    """Register a redirect URI and a name that go on behind a NUL."""
    control = provider.control(**provider.baseline())
    answers: dict[str, Answer] = {"control": control.registration}
    short = provider.redirect_uri("cut")
    answers["redirect_uris"], client = provider.attempt(
        provider.baseline(redirect_uris=[f"{short}\0.evil.example"])
    )
    if client is not None and provider.session.endpoint("authorization_endpoint"):
        answers["redirect"] = provider.tries_redirect(client, short)
    answers["client_name"], _ = provider.attempt(
        provider.baseline(client_name="dcr-conformance cut\0behind")
    )
    return answers


@exchange(depth="full", alone=True)
def prototype_registration(provider: Provider) -> dict[str, Answer]:
    """Register without a name, with one in members that some servers merge; then without any."""
    control = provider.control(**provider.baseline())
    hidden = {"client_name": SMUGGLED}
    members = {"__proto__": hidden, "constructor": {"prototype": hidden}, "prototype": hidden}
    nameless = provider.baseline(client_name=OMIT)
    odd, _ = provider.attempt({**nameless, **members})
    later, _ = provider.attempt(nameless)
    return {"control": control.registration, "odd": odd, "later": later}


@requirement("robustness-query-metacharacters-are-data")
def test_metacharacters_do_no_harm(metacharacter_registration: dict[str, Answer]) -> None:
    handled(
        metacharacter_registration["odd"], metacharacter_registration["plain"], name="the answer"
    )


@requirement("robustness-query-metacharacters-are-data")
def test_operators_authenticate_nobody(operator_requests: dict[str, Answer]) -> None:
    right = told(operator_requests["right"])
    expect.judged("access_token" in right.members, f"right credentials get no token: {right.line}")
    none = told(operator_requests["none"])
    expect.judged("access_token" not in none.members, "no secret is needed; that has its own row")
    with expect.together():
        for name, answer in operator_requests.items():
            if name not in ("right", "none"):
                told(answer)
                expect.no_token(answer, name=name)


@requirement("robustness-expressions-in-values-not-evaluated")
def test_expressions_are_not_evaluated(expression_registration: dict[str, Answer]) -> None:
    told(expression_registration["registration"])
    with expect.together():
        for name, answer in expression_registration.items():
            if name == "control" or not answer.answered:
                continue
            found = _PRODUCT in answer.text or _PRODUCT in answer.location
            expect.met(
                not found,
                f"{_SUM} as text, or nothing of it",
                f"{_PRODUCT}, what it comes to" if found else f"{answer.status}, not evaluated",
                name=name,
                about=answer,
            )


@requirement("robustness-no-header-injection-through-metadata")
def test_line_breaks_make_no_header(injected_lines: dict[str, Answer]) -> None:
    plain = told(injected_lines["plain"])
    expect.judged(
        plain.landing == "client" or injected_lines["redirect URI, registered"].registered,
        "nothing that was sent comes back in a header field",
    )
    with expect.together():
        for name, answer in injected_lines.items():
            if not answer.answered:
                continue
            value = answer.header(PROBE)
            expect.met(
                value is None,
                f"no {PROBE} among the header fields",
                f"{answer.status} with {PROBE}: {value}" if value else f"{answer.status}, none",
                name=name,
                about=answer,
            )


@requirement("robustness-nul-and-control-characters-do-not-cut-values")
def test_values_are_not_cut(cut_values: dict[str, Answer]) -> None:
    redirect = cut_values.get("redirect")
    with expect.together():
        for member in ("redirect_uris", "client_name"):
            odd = told(cut_values[member])
            expect.judged(odd.status < 500, f"{odd.line}: a server error, and nothing is stored")
            sent, stated = odd.request.members.get(member), odd.members.get(member)
            short = _before(sent)
            alive = member == "redirect_uris" and redirect is not None
            used = alive and redirect is not None and redirect.landing == "client"
            expect.judged(
                not odd.registered or stated is not None or alive,
                f"the answer says nothing of {member}",
            )
            cut = (odd.registered and stated == short) or used
            expect.met(
                not cut,
                "refused, or not what stands before it",
                f"{odd.status}, cut to {short}" if cut else f"{odd.status}, not cut",
                name=member,
                about=odd,
                member=member,
            )


def _before(value: Any) -> Any:
    if isinstance(value, list):
        return [_before(item) for item in value]
    return str(value).partition("\0")[0]


@requirement("robustness-prototype-members-have-no-effect")
def test_prototype_members_have_no_effect(prototype_registration: dict[str, Answer]) -> None:
    control = prototype_registration["control"]
    expect.judged(control.members.get("client_name"), "the answers say nothing of client_name")
    later = told(prototype_registration["later"])
    expect.judged(later.registered, f"nobody is registered without a name: {later.line}")
    with expect.together():
        for name in ("odd", "later"):
            answer = told(prototype_registration[name])
            expect.judged(answer.status < 500, f"{answer.line}: a server error, and no more")
            smuggled = answer.members.get("client_name") == SMUGGLED
            expect.met(
                not smuggled,
                "another name or none",
                SMUGGLED if smuggled else f"{answer.status}, nothing of it",
                name=name,
                about=answer,
                member="client_name",
            )
