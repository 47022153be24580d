//! The child's side: take orders, run them, send notes.

use std::time::Instant;

use manyways_process::{Link, LinkReceiver, LinkSender, catch_panic};
use manyways_wire as wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::Raised;
use crate::protocol::{Note, Outcome};

/// A reply buffer larger than this is given back to the allocator after use.
const KEEP: usize = 1 << 20;

/// Runs orders until the parent closes the link or is gone.
///
/// `perform` gets the bytes of an order and puts those of the result into the buffer.
pub(crate) fn serve(link: &mut Link, mut perform: impl FnMut(&[u8], &mut Vec<u8>) -> Outcome) {
    let (sender, receiver) = link.halves();
    // The only errors are that nobody is left to be told.
    let _ = serve_orders(sender, receiver, &mut perform);
}

fn serve_orders(
    sender: &mut LinkSender,
    receiver: &mut LinkReceiver,
    perform: &mut dyn FnMut(&[u8], &mut Vec<u8>) -> Outcome,
) -> manyways_process::Result<()> {
    let (mut head, mut reply) = (Vec::new(), Vec::new());
    let mut announced = false;
    loop {
        let order = receiver.recv_bytes()?;
        if !announced {
            send(sender, &mut head, &Note::Begin, &[])?;
        }
        let start = Instant::now();
        let outcome = perform(order, &mut reply);
        let took = start.elapsed();
        announced = receiver.has_buffered();
        let note = Note::Done {
            outcome,
            took,
            goes_on: announced,
        };
        send(sender, &mut head, &note, &reply)?;
        reply.clear();
        if reply.capacity() > KEEP {
            reply = Vec::new();
        }
    }
}

fn send(
    sender: &mut LinkSender,
    head: &mut Vec<u8>,
    note: &Note,
    reply: &[u8],
) -> manyways_process::Result<()> {
    head.clear();
    if let Err(error) = wire::encode_into(note, head) {
        unreachable!("numbers and strings can always be encoded: {error}");
    }
    sender.send_bytes(&[head, reply])
}

/// Calls the function and encodes its result. Panics of either end here.
pub(crate) fn call<I: ?Sized, R: Serialize>(
    function: &mut dyn FnMut(&I) -> Result<R, Raised>,
    item: &I,
    reply: &mut Vec<u8>,
) -> Outcome {
    let returned = catch_panic(|| function(item)).unwrap_or_else(|report| Err(report.into()));
    let value = match returned {
        Ok(value) => value,
        Err(raised) => return Outcome::Raised(raised),
    };
    // The value is dropped inside, too: its destructor may panic as well.
    let encoded = catch_panic(|| wire::encode_into(&{ value }, reply));
    match encoded {
        Ok(Ok(())) => Outcome::Value,
        Ok(Err(error)) => unsendable(reply, format!("could not send the result: {error}")),
        Err(report) => unsendable(
            reply,
            format!("could not send the result: encoding it {report}"),
        ),
    }
}

/// The item that an order carries.
pub(crate) fn decode_item<I: DeserializeOwned>(order: &[u8]) -> Result<I, Outcome> {
    let reason = match catch_panic(|| wire::decode(order)) {
        Ok(Ok(item)) => return Ok(item),
        Ok(Err(error)) => error.to_string(),
        Err(report) => format!("decoding it {report}"),
    };
    Err(Outcome::Unsendable(format!(
        "could not receive the item: {reason}"
    )))
}

fn unsendable(reply: &mut Vec<u8>, reason: String) -> Outcome {
    reply.clear();
    Outcome::Unsendable(reason)
}
