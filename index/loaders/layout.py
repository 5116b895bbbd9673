"""Paragraphs, headings and tables, told from where lines stand on their pages."""
