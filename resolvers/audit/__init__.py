"""The audit log: appending, reading, and tailing it as a stream of events."""
