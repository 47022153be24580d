"""multiprocessing.Manager: managers.py NAME prints a line of name TAB call/s TAB value.

manager_get       gets an entry of a manager's dict, one call after the other
manager_set       sets one
manager_append_2  two processes append to one of its lists
"""

import multiprocessing
import sys
import time

RUN = 0.5


def rate(call):
    start = time.perf_counter()
    calls = 0
    while time.perf_counter() - start < RUN:
        call()
        calls += 1
    return calls / (time.perf_counter() - start)


def append(items, results):
    results.put(rate(lambda: items.append(1)))


def appends(manager):
    items, results = manager.list(), multiprocessing.SimpleQueue()
    children = [multiprocessing.Process(target=append, args=(items, results)) for _ in range(2)]
    for child in children:
        child.start()
    total = sum(results.get() for _ in children)
    for child in children:
        child.join()
    return total


def main():
    with multiprocessing.Manager() as manager:
        entries = manager.dict({1: 1})
        measures = {
            "manager_get": lambda: rate(lambda: entries[1]),
            "manager_set": lambda: rate(lambda: entries.__setitem__(1, 2)),
            "manager_append_2": lambda: appends(manager),
        }
        if len(sys.argv) != 2 or sys.argv[1] not in measures:
            sys.exit("usage: managers.py " + "|".join(measures))
        print(f"{sys.argv[1]}\tcall/s\t{measures[sys.argv[1]]():.0f}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
