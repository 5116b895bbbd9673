"""What changed, and how does it go live?"""
