"""A certificate authority, https servers and a proxy on loopback, for the tests of the webhook."""
