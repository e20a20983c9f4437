"""The write pipeline: lock, replay, authorize, apply, judge, audit, commit."""
