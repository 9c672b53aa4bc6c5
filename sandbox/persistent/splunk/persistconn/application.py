"""The base class of persistent REST handlers.

Source: Splunk's developer documentation "Custom REST endpoints", and the handlers of public apps, which derive from
this class and define handle(in_string).
"""


class PersistentServerConnectionApplication:
    """A handler lives as long as its process and answers one request after another."""

    def __init__(self):
        """Nothing to prepare."""

    def handle(self, in_string):
        """The answer to one request: a dict with ``status`` and ``payload``."""
        raise NotImplementedError
