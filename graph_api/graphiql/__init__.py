"""GraphiQL: built once on this machine, served without third-party requests, under a strict content security policy."""
