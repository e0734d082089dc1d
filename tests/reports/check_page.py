#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails where a page has an element or attribute that its template does not have: it was born from data."""
import html.parser
import sys

TAGS = set(
    "html head meta title style script body main header footer section p h1 h2 h3 b span code pre table thead"
    " tbody tr th td ul li figure img div figcaption details summary".split()
)
ATTRIBUTES = set(
    "lang charset http-equiv content name class scope data-head data-value src alt tabindex role aria-label".split()
)


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.count = [], {}

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        assert tag in TAGS, f"<{tag}>"
        for name, value in attrs:
            assert name in ATTRIBUTES, f"<{tag} {name}>"
            assert name != "src" or value.startswith("data:image/svg+xml;base64,"), value[:80]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes <{self.open[-1:]}>"
        self.open.pop()

    def handle_comment(self, data):
        raise AssertionError(f"<!--{data}-->")

    def unknown_decl(self, data):
        raise AssertionError(f"<![{data}]>")


for path in sys.argv[1:]:
    page = Page()
    with open(path, encoding="utf-8") as file:
        page.feed(file.read())
    page.close()
    assert not page.open, f"left open: {page.open}"
    for tag in ("title", "style", "script", "body", "h1"):
        assert page.count.get(tag) == 1, f"{page.count.get(tag)} <{tag}>"
