"""The load test behind `make load-test`: `python -m deploy.load`, with make's variables in the environment.

What is sent is what the service says of itself (mix.py); locust sends and counts it (locustfile.py, which locust loads
by itself); __main__.py only starts locust. Other rooms of deploy/ may import this one, it imports none of them.
"""
