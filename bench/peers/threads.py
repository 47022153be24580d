"""Python's threading: `threads.py NAME` prints one line, `NAME<TAB>unit<TAB>value`.

- lock, rlock, semaphore: with, add one, with nobody else there;
- event: set, wait, clear, with nobody else there;
- lock_two_threads: as lock, by two threads at once;
- condition_ping_pong: two threads that let each other go by turns;
- start_and_join: a thread that does nothing is started and joined, one after the other.
"""

import sys
import threading
import time

UNCONTENDED = 1_000_000
CONTENDED = 300_000
ROUND_TRIPS = 20_000
STARTS = 5_000


def with_one_thread(lock):
    total = 0
    start = time.perf_counter()
    for _ in range(UNCONTENDED):
        with lock:
            total += 1
    return "ns/op", (time.perf_counter() - start) * 1e9 / UNCONTENDED


def lock():
    return with_one_thread(threading.Lock())


def rlock():
    return with_one_thread(threading.RLock())


def semaphore():
    return with_one_thread(threading.Semaphore(1))


def event():
    flag = threading.Event()
    start = time.perf_counter()
    for _ in range(UNCONTENDED):
        flag.set()
        flag.wait()
        flag.clear()
    return "ns/op", (time.perf_counter() - start) * 1e9 / UNCONTENDED


def seconds_of_two(work):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def lock_two_threads():
    lock, total = threading.Lock(), 0

    def work(_):
        nonlocal total
        for _ in range(CONTENDED):
            with lock:
                total += 1

    seconds = seconds_of_two(work)
    assert total == 2 * CONTENDED
    return "op/s", 2 * CONTENDED / seconds


def condition_ping_pong():
    condition, turn = threading.Condition(), 0

    def work(mine):
        nonlocal turn
        for _ in range(ROUND_TRIPS):
            with condition:
                condition.wait_for(lambda: turn % 2 == mine)
                turn += 1
                condition.notify()

    return "us/round trip", seconds_of_two(work) * 1e6 / ROUND_TRIPS


def start_and_join():
    start = time.perf_counter()
    for _ in range(STARTS):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    return "us/thread", (time.perf_counter() - start) * 1e6 / STARTS


MEASURES = {
    measure.__name__: measure
    for measure in (
        lock,
        rlock,
        semaphore,
        event,
        lock_two_threads,
        condition_ping_pong,
        start_and_join,
    )
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in MEASURES:
        sys.exit(f"usage: threads.py {'|'.join(MEASURES)}")
    unit, value = MEASURES[sys.argv[1]]()
    print(f"{sys.argv[1]}\t{unit}\t{value:.3f}")
