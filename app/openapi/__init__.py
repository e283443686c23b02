"""What is served, described: /models, /openapi.json and Swagger UI, the Postman collection, curl lines.

Everything here is made of what the dialects say of themselves and of the loaded models' manifests.
"""
