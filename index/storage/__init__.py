"""What is on disk, is it sound, which generation is live?"""
