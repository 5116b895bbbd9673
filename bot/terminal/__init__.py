"""How does that look in a terminal?"""
