"""GraphiQL, served by us alone: built once on this machine, offline from then on, under a strict policy."""
