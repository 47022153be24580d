"""Other parts of multiprocessing: processes.py NAME prints lines of name TAB unit TAB value.

start_join             start and join of a forked process that does nothing
start_join_spawn       the same by spawn
start_join_forkserver  the same by forkserver
pipe_round_trip        a number through a Pipe to a process and back
manager_dict           get and set of numbers in a Manager().dict(), which is served over a UNIX socket
"""

import multiprocessing
import sys
import time

CONTEXT = multiprocessing.get_context("fork")


def seconds_each(rounds, act):
    """After some rounds that do not count."""
    for _ in range(10):
        act()
    start = time.perf_counter()
    for _ in range(rounds):
        act()
    return (time.perf_counter() - start) / rounds


def report(name, unit, value):
    print(f"{name}\t{unit}\t{value:.4f}")


def nothing():
    pass


def measure_start(name, context, rounds):
    def act():
        process = context.Process(target=nothing)
        process.start()
        process.join()

    report(name, "start+join/s", 1 / seconds_each(rounds, act))


def start_join():
    measure_start("start_join", CONTEXT, 500)


def start_join_spawn():
    measure_start("start_join_spawn", multiprocessing.get_context("spawn"), 20)


def start_join_forkserver():
    measure_start("start_join_forkserver", multiprocessing.get_context("forkserver"), 100)


def echo(pipe):
    while (number := pipe.recv()) is not None:
        pipe.send(number)


def pipe_round_trip():
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=echo, args=(theirs,))
    process.start()

    def act():
        ours.send(7)
        assert ours.recv() == 7

    report("pipe_round_trip", "ns", seconds_each(10_000, act) * 1e9)
    ours.send(None)
    process.join()


def manager_dict():
    with CONTEXT.Manager() as manager:
        shared = manager.dict()
        shared["n"] = 1
        report("manager_dict_get", "op/s", 1 / seconds_each(5000, lambda: shared["n"]))
        report("manager_dict_set", "op/s", 1 / seconds_each(5000, lambda: shared.__setitem__("n", 1)))


MEASURES = [start_join, start_join_spawn, start_join_forkserver, pipe_round_trip, manager_dict]


def main():
    measures = {measure.__name__: measure for measure in MEASURES}
    if len(sys.argv) != 2 or sys.argv[1] not in measures:
        sys.exit("usage: processes.py " + "|".join(measures))
    measures[sys.argv[1]]()


if __name__ == "__main__":
    main()
