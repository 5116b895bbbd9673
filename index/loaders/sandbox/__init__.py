"""How is a hostile file read without harm?"""
