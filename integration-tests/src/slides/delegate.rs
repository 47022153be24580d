//! Pages fetched in parallel: a failure is the result of its page, and touches no other.

use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;
use std::{process, thread};

use delegate::{Builder, Failure};

fn fetch(page: &&str) -> io::Result<String> {
    match *page {
        "missing" => Err(io::Error::other("404 Not Found")),
        "fatal" => process::exit(70),
        "silent" => loop {
            thread::park();
        },
        page => Ok(format!("<h1>{page}</h1>")),
    }
}

pub(super) fn program(out: &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let pages = ["home", "news", "missing", "fatal", "silent"];
    let fetched = Builder::new()
        .children(5)
        .timeout(Duration::from_secs(2))
        .try_parallelize(fetch, pages);

    for page in pages {
        match &fetched[page] {
            Ok(text) => writeln!(out, "{page:8} {text}")?,
            Err(Failure::Died { exit, .. }) => writeln!(out, "{page:8} its process {exit}")?,
            Err(Failure::TimedOut { after, .. }) => writeln!(out, "{page:8} not within {after:?}")?,
            Err(failure) => writeln!(out, "{page:8} {failure}")?,
        }
    }

    let answer = delegate::timeout(|| 6 * 7, Duration::from_secs(60))?;
    writeln!(out, "one call with a time limit: {answer}")?;
    Ok(())
}
