"""Handwritten digits in a picture: find each one, cut it out, read it.

Arrays in, arrays out; this room opens no files and knows no model library: the classifier is a callable.
Everything is plain numpy and scipy, worked on at a bounded scale, and odd pictures give an empty list.
"""
