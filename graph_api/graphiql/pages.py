"""Pages at /graphiql while the bundle is not ready: plain HTML without scripts, all text escaped."""

import re
from html import escape

from graph_api.graphiql.failure import BuildFailed

API_DOCS = "https://github.com/meshweave/meshweave#readme"

RELOAD_SECONDS = 2

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{head}<title>Meshweave</title>
<link rel="icon" type="image/svg+xml" href="/graphiql/static/icon.svg">
<link rel="stylesheet" href="/graphiql/static/page.css">
</head>
<body>
<main>
<h1><img src="/graphiql/static/icon.svg" alt="" width="32" height="32"> Meshweave</h1>
{body}
</main>
</body>
</html>
"""


def preparing_page(doing: str, fraction: float | None) -> str:
    """`fraction` is from 0 to 1, or None for a bar that only moves."""
    value = "" if fraction is None else f' value="{fraction:.3f}"'
    body = f"""<h2>Preparing GraphiQL</h2>
<p>The page is built on this machine once, about a minute; this one reloads by itself.</p>
<p><progress max="1"{value}></progress></p>
<p role="status">{escape(doing)}{"" if fraction is None else f" ({fraction:.0%})"}</p>
<p>The API answers already, at <code>/graphql</code>.</p>"""
    return _PAGE.format(head=f'<meta http-equiv="refresh" content="{RELOAD_SECONDS}">\n', body=body)


def failed_page(failure: BuildFailed) -> str:
    body = f"""<h2>There is no GraphiQL page</h2>
<p role="alert">{_text(failure.message)}</p>
<p>{_text(failure.remedy)}</p>
<p>The API is unaffected: it answers at <code>/graphql</code>, and any GraphQL client can ask it.
<a href="{API_DOCS}" rel="noreferrer">How to use the API</a></p>"""
    return _PAGE.format(head="", body=body)


def _text(words: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))
