"""Reads of domains, products, contracts, dependencies, policies and change requests."""
