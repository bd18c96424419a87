"""The checks, one folder a specification and one file a section, and what they stand on."""
