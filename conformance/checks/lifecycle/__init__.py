"""Credentials, isolation and leaks: what no single sentence of a specification covers."""
