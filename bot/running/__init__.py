"""How is the bot run, and stopped?"""
