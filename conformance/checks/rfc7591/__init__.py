"""Checks of RFC 7591, OAuth 2.0 Dynamic Client Registration."""
