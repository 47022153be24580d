//! Processes that put into a queue, change what they share, serve a pool, and die with a lock.

use std::error::Error;
use std::io::Write;

use multiprocessing::{Array, Lock, LockError, Pool, Process, Queue, Value};

#[allow(clippy::approx_constant)] // The slide's number.
pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let queue = Queue::<(i32, Option<u8>, String)>::new()?;
    let mut putter = Process::new(|| {
        let item = (42, None, "hello".to_owned());
        queue.put(&item).expect("an open queue with room");
    });
    putter.start()?;
    writeln!(out, "{:?}", queue.get()?)?;
    putter.join()?;

    let number = Value::new(0.0)?;
    let array = Array::from_slice(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])?;
    let mut changer = Process::new(|| {
        *number.lock().unwrap() = 3.1415927;
        for item in array.lock().unwrap().iter_mut() {
            *item = -*item;
        }
    });
    changer.start()?;
    changer.join()?;
    writeln!(out, "{}\n{:?}", number.get()?, array.to_vec()?)?;

    let pool = Pool::new(2)?;
    writeln!(out, "{:?}", pool.map(|x: i32| x * x, 0..10)?)?;
    drop(pool);

    let lock = Lock::new()?;
    let mut holder: Process<'_, ()> = Process::new(|| {
        let _ = lock.acquire().expect("a free lock");
        std::process::abort();
    });
    holder.start()?;
    if holder.join().is_err()
        && let Err(LockError::OwnerDied(_)) = lock.lock()
    {
        writeln!(out, "the lock's holder died; the lock is ours")?;
    }
    Ok(())
}
