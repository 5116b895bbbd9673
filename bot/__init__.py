"""How is the bot put together?"""
