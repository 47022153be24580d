"""Python's multiprocessing: pool_map.py NAME prints one line, name TAB unit TAB value.

default_chunks  Pool(2).map of 100 000 items, a few big chunks
chunks_of_one   Pool(2).map of 20 000 items, one a message
imap            Pool(2).imap of 20 000 items, one a message, results one by one
start_join      start and join of a forked process that does nothing

The pools run already when the clock starts.
"""

import multiprocessing
import sys
import time

CONTEXT = multiprocessing.get_context("fork")


def add_one(item):
    return item + 1


def nothing():
    pass


def ns_per_item(items, mapped):
    """Times one map over range(items) on a pool of two that has worked before."""
    with CONTEXT.Pool(2) as pool:
        pool.map(add_one, range(100))
        start = time.perf_counter()
        results = list(mapped(pool, range(items)))
        elapsed = time.perf_counter() - start
    assert results == list(range(1, items + 1))
    return elapsed / items * 1e9


def start_join_per_second(rounds):
    def start_join():
        process = CONTEXT.Process(target=nothing)
        process.start()
        process.join()

    start_join()
    start = time.perf_counter()
    for _ in range(rounds):
        start_join()
    return rounds / (time.perf_counter() - start)


MEASURES = {
    "default_chunks": (
        "ns/item",
        lambda: ns_per_item(100_000, lambda pool, items: pool.map(add_one, items)),
    ),
    "chunks_of_one": (
        "ns/item",
        lambda: ns_per_item(20_000, lambda pool, items: pool.map(add_one, items, chunksize=1)),
    ),
    "imap": (
        "ns/item",
        lambda: ns_per_item(20_000, lambda pool, items: pool.imap(add_one, items)),
    ),
    "start_join": ("start+join/s", lambda: start_join_per_second(500)),
}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in MEASURES:
        sys.exit("usage: pool_map.py " + "|".join(MEASURES))
    name = sys.argv[1]
    unit, measure = MEASURES[name]
    print(f"{name}\t{unit}\t{measure():.4f}")


if __name__ == "__main__":
    main()
