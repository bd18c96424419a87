"""Software statements: RFC 7591 sections 2.3 and 3.1.1, and what may be told in a JWT's name."""
