"""The conversation: one desk that answers, and the channels through which people reach it."""
