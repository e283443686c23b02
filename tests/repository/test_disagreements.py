"""The last disagreements of a shadow, of several workers at once."""

import threading

from app.repository.disagreements import KEPT, Disagreements


def test_the_last_are_kept_newest_first(tmp_path):
    kept = Disagreements(tmp_path / "shadow")
    assert kept.last("churn") == []
    kept.add("churn", [])
    assert not (tmp_path / "shadow").exists()
    for number in range(KEPT + 20):
        kept.add("churn", [{"row": number}])
    rows = [each["row"] for each in kept.last("churn")]
    assert rows == list(range(KEPT + 19, 19, -1))
    assert kept.last("fraud") == []


def test_no_entry_is_lost_between_workers(tmp_path):
    def work(worker):
        kept = Disagreements(tmp_path)
        for number in range(10):
            kept.add("churn", [{"worker": worker, "number": number}])

    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    last = Disagreements(tmp_path).last("churn")
    assert {(each["worker"], each["number"]) for each in last} == {(w, n) for w in range(5) for n in range(10)}
