"""Which words do people add?"""
