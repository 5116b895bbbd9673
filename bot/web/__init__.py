"""The built-in page: articles with the cited passage marked, and the desk behind a search box."""
