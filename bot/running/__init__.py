"""How is it run, and stopped?"""
