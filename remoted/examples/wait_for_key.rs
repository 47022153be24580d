//! Processes that wait for each other through the share: a relay of three runners, each of whom waits for a key that
//! the one before sets. And one who waits for what never comes.
//!
//! ```text
//! runner 1 took the baton from start
//! runner 2 took the baton from runner 1
//! runner 3 took the baton from runner 2
//! the winner is runner 3
//! could not wait for "second place" in the share: the time limit passed while waiting for a value for "second place"
//! ```

use std::time::Duration;

use remoted::{InitShare, StubShare};

fn main() -> remoted::Result<()> {
    let handle = InitShare::new().port(0).start()?;
    let share = StubShare::connect(handle.address())?;

    // The last runner starts first: who waits costs nothing.
    let runners = [3, 2, 1].map(|number| share.new_proc(run, number));
    share.set("baton 1", "start")?;
    let winner: String = share.wait_for("baton 4", None)?;
    for runner in runners.into_iter().rev() {
        println!("{}", runner?.join()?);
    }
    println!("the winner is {winner}");

    let nobody = share.wait_for::<String>("second place", Some(Duration::from_millis(50)));
    println!("{}", nobody.unwrap_err());
    drop(share);
    handle.stop()?;
    Ok(())
}

fn run(share: &StubShare, number: u32) -> String {
    let from: String = share.wait_for(format!("baton {number}"), None).unwrap();
    let name = format!("runner {number}");
    share.set(format!("baton {}", number + 1), &name).unwrap();
    format!("{name} took the baton from {from}")
}
