"""What does a message look like?"""
