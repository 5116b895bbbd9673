"""What is asked for?"""
