"""Which words do people read?"""
