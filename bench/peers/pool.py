"""multiprocessing.Pool of two processes: pool.py NAME prints lines of name TAB unit TAB value.

default_chunks    map of 100 000 items, a few big chunks
chunks_of_one     map of 20 000 items, one a message
imap              imap of 20 000 items, one a message, results one by one
process_per_item  imap of 300 items, a new process for each (maxtasksperchild=1)
round_trip        apply, one item at a time

The pools run already when the clock starts.
"""

import multiprocessing
import sys
import time

CONTEXT = multiprocessing.get_context("fork")


def add_one(item):
    return item + 1


def timed(items, mapped, **options):
    """Nanoseconds an item, on a pool that has worked before."""
    with CONTEXT.Pool(2, **options) as pool:
        pool.map(add_one, range(20))
        start = time.perf_counter()
        results = list(mapped(pool, range(items)))
        elapsed = time.perf_counter() - start
    assert results == list(range(1, items + 1))
    return elapsed / items * 1e9


def default_chunks():
    return "ns/item", timed(100_000, lambda pool, items: pool.map(add_one, items))


def chunks_of_one():
    return "ns/item", timed(20_000, lambda pool, items: pool.map(add_one, items, chunksize=1))


def imap():
    return "ns/item", timed(20_000, lambda pool, items: pool.imap(add_one, items))


def process_per_item():
    imap = lambda pool, items: pool.imap(add_one, items)
    return "ns/item", timed(300, imap, maxtasksperchild=1)


def round_trip():
    one_by_one = lambda pool, items: [pool.apply(add_one, (item,)) for item in items]
    return "us/job", timed(2000, one_by_one) / 1e3


MEASURES = [default_chunks, chunks_of_one, imap, process_per_item, round_trip]


def main():
    measures = {measure.__name__: measure for measure in MEASURES}
    if len(sys.argv) != 2 or sys.argv[1] not in measures:
        sys.exit("usage: pool.py " + "|".join(measures))
    unit, value = measures[sys.argv[1]]()
    print(f"{sys.argv[1]}\t{unit}\t{value:.4f}")


if __name__ == "__main__":
    main()
