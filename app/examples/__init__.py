"""Example models, trained on nothing but the data sets that scikit-learn ships, then packed."""
