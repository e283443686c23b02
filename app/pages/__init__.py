"""The browser page: what a person sees and tries.

This room knows HTML and forms. Its scripts ask the public API; where no script runs it asks `engine.predict` itself.
Every address in a page is relative, so a page works behind any path prefix.
"""
