"""The verbs that put the image on a cloud: `python3 -m deploy.cloud deploy gke`, which the Makefile calls.

Only the standard library, since who deploys may have no virtual environment. A cloud is a list of steps, a step is
one command. What each does its own way stands in gke.py, aks.py, minikube.py, cloudrun.py and kserve.py, all else once.
"""
