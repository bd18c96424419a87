"""Which members of client information are the client's metadata, and which the server computes.

A server may add members of its own to any answer (RFC 7591 section 3.2.1): times, counters,
version marks. What nobody asked for and no specification knows says nothing about the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.evidence import Answer

REGISTERED = frozenset(
    (
        # RFC 7591 section 2, and the identifier itself
        *("client_id", "redirect_uris", "token_endpoint_auth_method", "grant_types"),
        *("response_types", "client_name", "client_uri", "logo_uri", "scope", "contacts"),
        *("tos_uri", "policy_uri", "jwks_uri", "jwks", "software_id", "software_version"),
        "software_statement",
        # OpenID Connect Registration section 2
        *("application_type", "sector_identifier_uri", "subject_type"),
        *("id_token_signed_response_alg", "id_token_encrypted_response_alg"),
        *("id_token_encrypted_response_enc", "userinfo_signed_response_alg"),
        *("userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc"),
        *("request_object_signing_alg", "request_object_encryption_alg"),
        *("request_object_encryption_enc", "token_endpoint_auth_signing_alg"),
        *("default_max_age", "require_auth_time", "default_acr_values"),
        *("initiate_login_uri", "request_uris"),
        # The registry that RFC 7591 section 4.1 founds
        *("tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri"),
        *("tls_client_auth_san_ip", "tls_client_auth_san_email"),
        *("tls_client_certificate_bound_access_tokens", "dpop_bound_access_tokens"),
        *("require_signed_request_object", "require_pushed_authorization_requests"),
        *("authorization_details_types", "introspection_signed_response_alg"),
        *("introspection_encrypted_response_alg", "introspection_encrypted_response_enc"),
        *("authorization_signed_response_alg", "authorization_encrypted_response_alg"),
        *("authorization_encrypted_response_enc", "post_logout_redirect_uris"),
        *("frontchannel_logout_uri", "frontchannel_logout_session_required"),
        *("backchannel_logout_uri", "backchannel_logout_session_required"),
        *("backchannel_token_delivery_mode", "backchannel_client_notification_endpoint"),
        *("backchannel_authentication_request_signing_alg", "backchannel_user_code_parameter"),
    )
)
"""Client metadata that a specification names; its values do not change by themselves."""


def metadata_names(*answers: Answer) -> set[str]:
    """The members of some answers that are client metadata.

    That is what is registered under a name of a specification, in any language (RFC 7591
    section 2.2), and what the client was registered with. An update sends back whatever
    was read, so what only updates sent is none.
    """
    found = {name for answer in answers for name in answer.members}
    names = {name for name in found if name.partition("#")[0] in REGISTERED}
    for answer in answers:
        if answer.step.operation == "register":
            names |= found & answer.request.members.keys()
    return names
