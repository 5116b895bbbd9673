"""What answers, and how surely?"""
