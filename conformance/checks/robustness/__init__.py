"""What a provider that anybody may reach has to bear (RFC 8259, 9110, 9112 and 9325)."""
