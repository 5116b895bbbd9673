"""A strict Telegram Bot API on loopback: what does Telegram accept, refuse and bring?"""
