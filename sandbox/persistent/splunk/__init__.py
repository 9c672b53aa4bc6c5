"""What splunkd's own Python has under this name, as far as persistent handlers use it."""
