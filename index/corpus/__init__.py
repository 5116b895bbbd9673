"""Which articles are there, how do they come and go?"""
