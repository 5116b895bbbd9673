"""Telegram updates -> the desk -> replies. Each handler only translates."""
