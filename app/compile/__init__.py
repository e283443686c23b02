"""A fitted estimator -> its ONNX twin, adopted only where it is shown to agree and to be faster.

This room knows scikit-learn's estimators and ONNX's operators. It writes no bundle and answers no request.
"""
