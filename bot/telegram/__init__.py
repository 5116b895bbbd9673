"""How does that look on Telegram?"""
