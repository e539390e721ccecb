"""How the pages are built: ``make docs``."""

from __future__ import annotations

import importlib.metadata

project = "scitex.db"
author = "The scitex.db developers"
copyright = "2026, the scitex.db developers"  # noqa: A001 - Sphinx has the name
version = release = importlib.metadata.version("scitex-db")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.githubpages",
]
exclude_patterns = ["_build"]
templates_path: list[str] = []
default_role = "py:obj"  # single backquotes in docstrings name what they link to
nitpicky = False
keep_warnings = False

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "none"  # the docstrings say them
autodoc_member_order = "bysource"
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = f"scitex.db {release}"
html_static_path: list[str] = []
pygments_style = "friendly"
