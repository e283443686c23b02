"""Every route that is served, with a path that it answers."""

from flask import Flask
from werkzeug.routing import Rule

# What a rule's parameters stand for; any other is a model's name.
ARGUMENTS = {"version": "1", "label": "1"}
# Of rules that read a whole path themselves.
PATHS = {
    "/<tfserving(predict):asked>": "/v1/models/sum:predict",
    "/<tfserving(classify):asked>": "/v1/models/sum:classify",
    "/<tfserving(regress):asked>": "/v1/models/sum:regress",
    "/<tfserving(status):asked>": "/v1/models/sum",
    "/<tfserving(metadata):asked>": "/v1/models/sum/metadata",
    "/<tfserving(models):asked>": "/v1/models",
    "/<tfserving(malformed):asked>": "/v1/models/sum:guess",
}


def paths(app: Flask) -> list[str]:
    """One for each rule, in order; where a rule's path is not known here that is an error."""
    return sorted({_path_of(app, rule) for rule in app.url_map.iter_rules()})


def _path_of(app: Flask, rule: Rule) -> str:
    path = PATHS.get(rule.rule)
    if path is None:
        built = rule.build({name: ARGUMENTS.get(name, "sum") for name in rule.arguments})
        assert built is not None, f"{rule.rule} is new: say in tests/routes.py what its parameters stand for"
        path = built[1]
    method = "POST" if "POST" in (rule.methods or ()) else "GET"
    found, _ = app.url_map.bind("localhost").match(path, method)
    assert found == rule.endpoint, f"{path} is answered by {found}: say in tests/routes.py what {rule.rule} answers"
    return path
