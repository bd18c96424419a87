"""Drives a provider through dynamic client registration and judges what it answers."""

__version__ = "0.1.0"
