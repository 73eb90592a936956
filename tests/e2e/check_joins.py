# summary: every checkout of a run whose requests carry trace ids is joined exactly, and to the request that the truth log names
"""check_joins.py CHECKOUTS.csv TRUTH: the table is that of `poolprobe report --by checkout --format csv`. Prints what is wrong; exit 1."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "accuracy"))
import judge  # noqa: E402


def main():
    checkouts, truth = judge.read_csv(sys.argv[1]), judge.Truth(sys.argv[2])
    seen = wrong = 0
    for row in checkouts:
        holder = truth.holder(int(row["thread_id"]), int(row["start_ns"]))
        if holder is None:  # the target's own, before it serves
            continue
        seen += 1
        if row["join"] != "trace" or truth.request_at(int(row["request_client_port"]), int(row["request_arrival_ns"])) != holder:
            wrong += 1
            print(f"connection {row['conn_id']} at {row['start_ns']}: {row['join']}, request {row['request_id']} instead of {holder}")
    print(f"{seen} checkouts, {wrong} not joined exactly and rightly")
    raise SystemExit(1 if wrong or seen < 50 else 0)


main()
