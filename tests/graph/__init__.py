"""A stand-in for Microsoft Graph: a tenant, and an https server on loopback with a CA of its own before it."""
