"""multiprocessing's queues, locks and values: objects.py NAME prints a line of name TAB unit TAB value.

queue_small          another process puts integers into a Queue
queue_1MiB           another process puts bytes of a mebibyte into a Queue
queue_round_trip     an integer there and back through two Queues, each side on a processor of its own
joinable_queue       another process gets integers and reports each done; joined
lock                 an uncontended acquire and release of a Lock
lock_two             two processes acquire and release a Lock, each in a loop
value_increment      two processes count up a Value under its lock
event_ping_pong      two processes wake each other by two Events
condition_ping_pong  two processes whose turn it is by turns, by a Condition
"""

import multiprocessing
import os
import sys
import time

fork = multiprocessing.get_context("fork")


def start(body):
    process = fork.Process(target=body)
    process.start()
    return process


def rate(count, start_time):
    return count / (time.perf_counter() - start_time)


def receive(item, count):
    queue = fork.Queue()

    def put_all():
        for _ in range(count + 1):
            queue.put(item)

    putter = start(put_all)
    queue.get()
    begin = time.perf_counter()
    for _ in range(count):
        queue.get()
    result = rate(count, begin)
    putter.join()
    return result


def queue_small():
    return "item/s", receive(123_456, 100_000)


def queue_1MiB():
    return "MB/s", receive(b"x" * (1 << 20), 300) * 1.048576


def stay_on(processor):
    try:
        os.sched_setaffinity(0, {processor})
    except OSError:
        pass  # There are not so many.


def queue_round_trip():
    count = 5_000
    there, back = fork.Queue(), fork.Queue()

    def answer():
        stay_on(1)
        for _ in range(count + 1):
            back.put(there.get())

    answerer = start(answer)
    stay_on(0)
    there.put(0)
    back.get()
    begin = time.perf_counter()
    for n in range(count):
        there.put(n)
        back.get()
    result = 1e6 / rate(count, begin)
    answerer.join()
    return "us", result


def joinable_queue():
    count = 30_000
    queue = fork.JoinableQueue()

    def work():
        while queue.get() is not None:
            queue.task_done()
        queue.task_done()

    worker = start(work)
    begin = time.perf_counter()
    for n in range(count):
        queue.put(n)
    queue.join()
    result = rate(count, begin)
    queue.put(None)
    worker.join()
    return "item/s", result


def lock():
    count = 1_000_000
    subject = fork.Lock()
    begin = time.perf_counter()
    for _ in range(count):
        subject.acquire()
        subject.release()
    return "ns", 1e9 / rate(count, begin)


def by_two(count, step):
    ready, go = fork.Event(), fork.Event()

    def run():
        go.wait()
        for _ in range(count):
            step()

    def other():
        ready.set()
        run()

    process = start(other)
    ready.wait()
    begin = time.perf_counter()
    go.set()
    run()
    process.join()
    return rate(2 * count, begin)


def lock_two():
    subject = fork.Lock()

    def step():
        with subject:
            pass

    return "lock/s", by_two(100_000, step)


def value_increment():
    count = 50_000
    value = fork.Value("L", 0)

    def step():
        with value.get_lock():
            value.value += 1

    result = by_two(count, step)
    assert value.value == 2 * count
    return "increment/s", result


def event_ping_pong():
    count = 3_000
    there, back = fork.Event(), fork.Event()

    def answer():
        for _ in range(count):
            there.wait()
            there.clear()
            back.set()

    process = start(answer)
    begin = time.perf_counter()
    for _ in range(count):
        there.set()
        back.wait()
        back.clear()
    result = rate(count, begin)
    process.join()
    return "round trip/s", result


def condition_ping_pong():
    count = 3_000
    condition, turn = fork.Condition(fork.Lock()), fork.RawValue("L", 0)

    def play(mine):
        for _ in range(count):
            with condition:
                condition.wait_for(lambda: turn.value == mine)
                turn.value = 1 - mine
                condition.notify()

    other = fork.Process(target=play, args=(1,))
    other.start()
    begin = time.perf_counter()
    play(0)
    other.join()
    return "round trip/s", rate(count, begin)


MEASURES = [
    queue_small,
    queue_1MiB,
    queue_round_trip,
    joinable_queue,
    lock,
    lock_two,
    value_increment,
    event_ping_pong,
    condition_ping_pong,
]


def main():
    measures = {measure.__name__: measure for measure in MEASURES}
    if len(sys.argv) != 2 or sys.argv[1] not in measures:
        sys.exit("usage: objects.py " + "|".join(measures))
    unit, value = measures[sys.argv[1]]()
    print(f"{sys.argv[1]}\t{unit}\t{value:.3f}")


if __name__ == "__main__":
    main()
