"""A correct, small, real authorization server that proves the suite.

It shares no code with the checks: a bug in a shared helper would cancel out
and be invisible. Everything it decides is a method of
:class:`~conformance.reference_provider.behaviour.Behaviour`, so that a fault
is a subclass that overrides one of them.
"""
