"""Data contracts: specification, comparison, publication, change requests and their impact."""
