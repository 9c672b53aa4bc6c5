"""Fault: ends without answering getinfo, with code 0."""
