# summary: the workload: models, serializers, views
