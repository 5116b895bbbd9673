"""What may administrators have done?"""
