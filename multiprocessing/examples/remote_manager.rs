//! A manager that other machines could reach, here over loopback: a queue that a server has and two strangers share. They
//! know its address and its key, nothing else.
//!
//! ```text
//! hello
//! a stranger with another key: kept out
//! ```

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use multiprocessing::Process;
use multiprocessing::connection::{Address, AuthKey};
use multiprocessing::managers::{Manager, QueueProxy, Result};

fn queue_at(address: &Address, key: AuthKey) -> Result<QueueProxy<String>> {
    let manager = Manager::options().authkey(key).connect(address)?;
    QueueProxy::try_from(manager.create("get_queue", ())?)
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let key = AuthKey::generate()?;
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Manager::options().address(loopback).authkey(key.clone());
    let manager = options.share("get_queue", "Queue", (0,)).start()?;
    let address = manager.address();

    let (to, k) = (address.clone(), key.clone());
    let mut putter = Process::new(move || {
        let queue = queue_at(&to, k).expect("a manager that lives");
        queue.put("hello".to_owned()).expect("a manager that lives");
    });
    putter.start()?;
    println!("{}", queue_at(address, key)?.get()?);
    putter.join()?;

    let stranger = queue_at(address, AuthKey::generate()?);
    if stranger.is_err_and(|error| error.is_authentication()) {
        println!("a stranger with another key: kept out");
    }
    Ok(())
}
