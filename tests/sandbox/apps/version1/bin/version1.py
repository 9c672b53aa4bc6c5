"""Fault of its stanza: an argument for the script."""
