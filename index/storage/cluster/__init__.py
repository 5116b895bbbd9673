"""How are generations kept in an OpenSearch cluster?"""
