"""How does that look in a browser?"""
