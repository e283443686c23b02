"""What is loaded and ready, and the one call that every dialect makes.

This room knows models, versions and outputs. It knows no HTTP and no wire format.
"""
