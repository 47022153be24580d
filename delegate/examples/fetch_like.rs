//! Fetches ten addresses of a little server in ten children, and prints what became of each.
//!
//! The server lives in this same program, on a free loopback port. It has good pages, a missing one,
//! one that it never sends, one that it stops sending half-way, and one that makes the function which
//! fetches it leave the process. On standard error the children are shown at work; standard output is
//!
//! ```text
//! address    what became of it
//! /broken    raised: the page ended after 500 of 1000 bytes
//! /deadly    died: the process exited with code 70
//! /good/1    1000 bytes
//! /good/2    2000 bytes
//! /good/3    3000 bytes
//! /good/4    4000 bytes
//! /good/5    5000 bytes
//! /good/6    6000 bytes
//! /missing   raised: 404 Not Found
//! /silent    not done after 4s
//! ```

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use delegate::{Builder, Failure, TerminalReporter};

fn main() -> Result<(), Box<dyn Error>> {
    let server = serve()?;
    let good = (1..=6).map(|n| format!("/good/{n}"));
    let bad = ["/missing", "/silent", "/broken", "/deadly"].map(str::to_owned);

    let pages = Builder::new()
        .children(10)
        .reporter(TerminalReporter::new())
        .timeout(Duration::from_secs(4))
        .try_parallelize(|address| fetch(server, address), good.chain(bad));

    println!("{:10} what became of it", "address");
    let mut addresses: Vec<&String> = pages.keys().collect();
    addresses.sort();
    for address in addresses {
        println!("{address:10} {}", describe(&pages[address]));
    }
    Ok(())
}

fn describe(page: &Result<String, Failure>) -> String {
    match page {
        Ok(text) => format!("{} bytes", text.len()),
        Err(Failure::Raised(raised)) => format!("raised: {raised}"),
        Err(Failure::Died { exit, .. }) => format!("died: the process {exit}"),
        Err(Failure::TimedOut { after, .. }) => format!("not done after {after:?}"),
        Err(failure) => failure.to_string(),
    }
}

/// Runs in a child.
fn fetch(server: SocketAddr, address: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(server)?;
    writeln!(stream, "GET {address}")?;
    let mut answer = BufReader::new(stream);
    let mut head = String::new();
    answer.read_line(&mut head)?;
    let length: usize = match head.trim().split_once(' ') {
        Some(("200", length)) => length.parse()?,
        _ => return Err(head.trim().into()),
    };
    let mut page = String::new();
    answer.read_to_string(&mut page)?;
    if page.len() < length {
        let got = page.len();
        return Err(format!("the page ended after {got} of {length} bytes").into());
    }
    if page.contains("<deadly>") {
        std::process::exit(70); // As a library might that was not written to be one.
    }
    Ok(page)
}

/// Starts a server that knows the pages above, and gives its address.
fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A client that has gone away is no concern of the server's.
            thread::spawn(move || {
                answer(&connection).and_then(|()| connection.shutdown(Shutdown::Both))
            });
        }
    });
    Ok(address)
}

fn answer(mut connection: &TcpStream) -> io::Result<()> {
    let mut request = String::new();
    BufReader::new(connection).read_line(&mut request)?;
    let address = request.trim().trim_start_matches("GET ");
    if let Some(Ok(n)) = address.strip_prefix("/good/").map(str::parse::<usize>) {
        return send(connection, &"g".repeat(1000 * n), 1000 * n);
    }
    match address {
        "/broken" => send(connection, &"b".repeat(500), 1000),
        "/deadly" => send(connection, "<deadly>", 8),
        "/silent" => connection.read(&mut [0]).map(|_| ()), // Until the client gives up.
        _ => writeln!(connection, "404 Not Found"),
    }
}

fn send(mut connection: &TcpStream, page: &str, announced: usize) -> io::Result<()> {
    writeln!(connection, "200 {announced}")?;
    connection.write_all(page.as_bytes())
}
