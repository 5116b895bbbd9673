"""Which part of the bot deals with which update?"""
