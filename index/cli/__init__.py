"""How do results look on the command line?"""
