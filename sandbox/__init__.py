"""A stand-in for splunkd, enough of it to run an app's searches, commands and KV store on one machine.

It knows Splunk's documented contracts.  It does not know the app: the two meet through the built package only.
"""
