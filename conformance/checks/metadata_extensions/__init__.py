"""Client metadata that other specifications than RFC 7591 define."""
