"""Requests at the edge of JSON and HTTP: a server may refuse them, and must not break."""
