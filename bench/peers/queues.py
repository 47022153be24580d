"""queue between two threads: queues.py NAME prints a line of name TAB items/s TAB value.

bounded    one thread puts 50 000 numbers, another gets them, at most 1 024 in the queue.Queue
unbounded  the same without a bound
simple     the same with a queue.SimpleQueue
lifo       the same with a queue.LifoQueue of 1 024
priority   the same with a queue.PriorityQueue of 1 024
tasks      as bounded, each item reported as done, and joined
ping_pong  two threads send one number to and fro, through two queues
"""

import queue
import sys
import threading
import time

ITEMS = 50_000
BOUND = 1024
ROUND_TRIPS = 5_000


def transfer(items, done=lambda: None):
    """Items a second: the best of three goes."""

    def get_all():
        for _ in range(ITEMS):
            items.get()
            done()

    def go():
        getter = threading.Thread(target=get_all)
        start = time.perf_counter()
        getter.start()
        for n in range(ITEMS):
            items.put(n)
        getter.join()
        return ITEMS / (time.perf_counter() - start)

    return max(go() for _ in range(3))


def bounded():
    return transfer(queue.Queue(BOUND))


def unbounded():
    return transfer(queue.Queue())


def simple():
    return transfer(queue.SimpleQueue())


def lifo():
    return transfer(queue.LifoQueue(BOUND))


def priority():
    return transfer(queue.PriorityQueue(BOUND))


def tasks():
    items = queue.Queue(BOUND)
    rate = transfer(items, items.task_done)
    items.join()
    return rate


def ping_pong():
    there, back = queue.Queue(1), queue.Queue(1)

    def answer():
        for _ in range(ROUND_TRIPS):
            back.put(there.get())

    answerer = threading.Thread(target=answer)
    answerer.start()
    start = time.perf_counter()
    for n in range(ROUND_TRIPS):
        there.put(n)
        assert back.get() == n
    elapsed = time.perf_counter() - start
    answerer.join()
    return ROUND_TRIPS / elapsed


MEASURES = [bounded, unbounded, simple, lifo, priority, tasks, ping_pong]


def main():
    measures = {measure.__name__: measure for measure in MEASURES}
    if len(sys.argv) != 2 or sys.argv[1] not in measures:
        sys.exit("usage: queues.py " + "|".join(measures))
    print(f"{sys.argv[1]}\titems/s\t{measures[sys.argv[1]]():.0f}")


if __name__ == "__main__":
    main()
