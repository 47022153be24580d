"""concurrent.futures.ThreadPoolExecutor of two threads: executor.py NAME prints a line of name TAB unit TAB value.

tasks       20 000 trivial tasks submitted by one thread, all results collected by it
round_trip  a trivial task is submitted and its result waited for, one at a time
map         a map of 20 000 trivial items

The threads run already when the clock starts.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

TASKS = 20_000


def add_one(item):
    return item + 1


def seconds(job):
    """On a pool that has worked before; the mean of a second."""
    with ThreadPoolExecutor(2) as pool:
        job(pool)
        start = time.perf_counter()
        rounds = 0
        while time.perf_counter() - start < 1:
            job(pool)
            rounds += 1
        return (time.perf_counter() - start) / rounds


def submit_and_collect(pool):
    futures = [pool.submit(add_one, n) for n in range(TASKS)]
    assert sum(future.result() for future in futures) == TASKS * (TASKS + 1) // 2


def one_by_one(pool):
    for n in range(1000):
        assert pool.submit(add_one, n).result() == n + 1


def map_and_collect(pool):
    assert sum(pool.map(add_one, range(TASKS))) == TASKS * (TASKS + 1) // 2


def tasks():
    return "ns/task", seconds(submit_and_collect) / TASKS * 1e9


def round_trip():
    return "us", seconds(one_by_one) * 1e3


def map_():
    return "ns/item", seconds(map_and_collect) / TASKS * 1e9


MEASURES = {"tasks": tasks, "round_trip": round_trip, "map": map_}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in MEASURES:
        sys.exit("usage: executor.py " + "|".join(MEASURES))
    unit, value = MEASURES[sys.argv[1]]()
    print(f"{sys.argv[1]}\t{unit}\t{value:.4f}")


if __name__ == "__main__":
    main()
