"""Checks of the OAuth documents that registration leans on."""
