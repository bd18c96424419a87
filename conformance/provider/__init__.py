"""Talking to a provider: discovery, transport, the operations, and what is kept of them."""
