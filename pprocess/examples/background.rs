//! Starts a calculation in the background and ends; comes back as another program and fetches the
//! results.
//!
//! `background start ADDRESS` starts it and is done at once, `background fetch ADDRESS` fetches what
//! it has found. Without arguments it runs itself again twice, once for each, with an address of its
//! own. Then it prints:
//!
//! ```text
//! start: the search goes on without us
//! start: ended with exit status: 0
//! fetch: 10007 is the smallest prime above 10000
//! fetch: 100003 is the smallest prime above 100000
//! fetch: 1000003 is the smallest prime above 1000000
//! fetch: ended with exit status: 0
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use pprocess::{BackgroundCallable, BackgroundQueue, Channel};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match &arguments[..] {
        [step, address] if step == "start" => start(address.as_ref()),
        [step, address] if step == "fetch" => fetch(address.as_ref()),
        [] => both(),
        _ => Err("usage: background [start ADDRESS | fetch ADDRESS]".into()),
    }
}

fn start(address: &Path) -> Result<(), Box<dyn Error>> {
    let search = |channel: &mut Channel<(u64, u64)>, bounds: [u64; 3]| {
        for bound in bounds {
            let prime = (bound + 1..).find(|n| is_prime(*n)).unwrap_or(0);
            if channel.send(&(bound, prime)).is_err() {
                return;
            }
        }
    };
    let search = BackgroundCallable::new(address, search);
    search.call([10_000, 100_000, 1_000_000])?;
    writeln!(io::stdout(), "start: the search goes on without us")?;
    Ok(())
}

fn fetch(address: &Path) -> Result<(), Box<dyn Error>> {
    for result in BackgroundQueue::<(u64, u64)>::connect(address)? {
        let (bound, prime) = result?;
        writeln!(
            io::stdout(),
            "fetch: {prime} is the smallest prime above {bound}"
        )?;
    }
    Ok(())
}

fn both() -> Result<(), Box<dyn Error>> {
    let name = format!("background-{}.socket", std::process::id());
    let address = env::temp_dir().join(name);
    for step in ["start", "fetch"] {
        let program = env::current_exe()?;
        let status = Command::new(program).arg(step).arg(&address).status()?;
        writeln!(io::stdout(), "{step}: ended with {status}")?;
    }
    Ok(())
}

fn is_prime(n: u64) -> bool {
    (2..)
        .take_while(|d| d * d <= n)
        .all(|d| !n.is_multiple_of(d))
}
