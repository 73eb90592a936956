# summary: validates JSON files against a schema: SCHEMA FILE... ; status 77 when the jsonschema module is missing
import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed: schema not checked")
    sys.exit(77)

schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failed = False
for path in sys.argv[2:]:
    document = json.load(open(path, encoding="utf-8"))
    for error in validator.iter_errors(document):
        failed = True
        print(f"{path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
sys.exit(1 if failed else 0)
