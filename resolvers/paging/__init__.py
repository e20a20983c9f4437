"""Cursors and pages of lists, in the shape of Relay connections."""
