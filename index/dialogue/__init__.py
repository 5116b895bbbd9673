"""What does a follow-up mean?"""
