//! Processes are killed with SIGKILL while they hold a lock, a value, and a worker's task; nobody hangs, and everybody
//! learns of it.
//!
//! ```text
//! the lock: held by a process that died
//! the value: 1, and its holder died
//! the queue: what was put before the kill
//! the task: its worker died
//! the pool goes on: 42
//! ```

use std::error::Error;

use multiprocessing::{Event, Lock, LockError, Pool, Process, Queue, Value};

/// Starts a process that does something, waits until it has, and kills it.
fn killed(deed: impl FnOnce()) -> Result<(), Box<dyn Error>> {
    let done = Event::new()?;
    let mut process = Process::new(|| {
        deed();
        done.set();
        Event::new().expect("a further event").wait(); // for ever
    });
    process.start()?;
    done.wait();
    process.kill()?;
    let error = process.join().expect_err("it was killed");
    assert!(error.to_string().contains("SIGKILL"), "{error}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let lock = Lock::new()?;
    killed(|| drop(lock.acquire()))?;
    if let Err(LockError::OwnerDied(_)) = lock.lock() {
        println!("the lock: held by a process that died");
    }

    let value = Value::new(0)?;
    killed(|| {
        let mut guard = value.lock().unwrap();
        *guard += 1;
        std::mem::forget(guard);
    })?;
    if let Err(LockError::OwnerDied(died)) = value.lock() {
        println!("the value: {}, and its holder died", *died.into_guard());
    }

    let queue = Queue::new()?;
    killed(|| {
        let item = "what was put before the kill".to_owned();
        queue.put(&item).unwrap();
    })?;
    println!("the queue: {}", queue.get()?);

    let pool = Pool::new(1)?;
    let error = pool.apply(kill_myself, ()).unwrap_err();
    if error.is_worker_death() {
        println!("the task: its worker died");
    }
    println!("the pool goes on: {}", pool.apply(|x: i32| 6 * x, (7,))?);
    pool.close();
    pool.join()?;
    Ok(())
}

/// As an operator, or a system short of memory, would.
fn kill_myself() {
    nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL).expect("a signal to oneself");
}
