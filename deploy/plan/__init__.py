"""The capacity plan behind `make plan`: `python -m deploy.plan`, with make's variables in the environment.

pod.py is a queue, autoscaler.py decides how many pods there are to be, cluster.py when they are there; simulation.py
runs the three along a curve.py. measure.py finds what one pod can do, report.py shows what came out.
"""
