"""How does a message get there?"""
