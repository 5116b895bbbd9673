"""How is Chinese read?"""
