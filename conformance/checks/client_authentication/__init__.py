"""Client assertions at the token endpoint: RFC 7515 to 7523, RFC 8725 and OpenID Connect Core."""
