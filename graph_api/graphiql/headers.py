"""The security headers of each page we serve."""

# What every page has in common: nothing from anywhere but here, in nobody's frame.
_LOCKED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

# 'unsafe-inline' for styles alone: Monaco writes <style> elements for its themes and `style` attributes for the lines
# it draws, with no way to pass a nonce. Without it a browser refuses 353 of them on the first view, and the editors
# lose their colours and the marks of errors. Its style sheet holds a few images as data:. `connect-src 'self'` covers
# the WebSocket of the same host and port as well.
GRAPHIQL_POLICY = (
    f"{_LOCKED}; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'"
)

# The explorer sets styles by script alone, so it needs no inline ones. Its PNG export draws an SVG from a data: URI.
EXPLORE_POLICY = (
    f"{_LOCKED}; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
)

# A worker obeys the policy of its own file, not the page's. They fetch nothing; the chunks they may import are ours.
ASSET_POLICY = f"{_LOCKED}; script-src 'self'"

# The sign-in page posts the token by script, and shows one form that script alone submits.
SIGN_IN_POLICY = f"{_LOCKED}; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"

STATUS_POLICY = f"{_LOCKED}; style-src 'self'; img-src 'self'"


def secured(policy: str) -> dict[str, str]:
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
