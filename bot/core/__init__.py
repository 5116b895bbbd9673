"""What may be asked, and by whom?"""
