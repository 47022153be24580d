//! The handshake: Noise `NNpsk0` between the two greetings and the first record.
//!
//! | from | bytes | content |
//! |---|---|---|
//! | connecting side | 7 to 70 | greeting |
//! | | 48 | first Noise message: ephemeral key, and proof of the secret |
//! | accepting side | 7 to 70 | greeting |
//! | | 1 | verdict: 0 go on, 1 refused because the proof fails |
//! | | 48 | second Noise message: ephemeral key, and proof of the secret and of the first message |
//! | connecting side | 16 | confirmation: an empty record under the new keys, with nonce 0 |
//!
//! Noise lets the accepting side begin after the second message, but a recorded first message would bring it there. The
//! confirmation shows that the peer is present: it takes the ephemeral key, which a recording does not hold. A verdict
//! can be forged, which gains nothing that cutting the connection would not.
//!
//! Both greetings, as the two sides expect them, are the prologue, so that both must agree on the version, the roles and
//! the protocol's name. The keys are ephemeral: a secret that leaks later opens no recording.

use super::deadline::Timed;
use super::greeting::{Role, await_greeting, greeting};
use super::transport::Transport;
use crate::error::{Error, Result};
use crate::kind::LinkFault;
use crate::secret::Secret;
use snow::{Builder, HandshakeState, StatelessTransportState};
use std::time::Duration;

const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s";

/// Length of either Noise message: an ephemeral key and a tag.
const MESSAGE: usize = 48;

/// Length of the tag that authenticates a record.
pub(crate) const TAG: usize = 16;

const GO_ON: u8 = 0;
const REFUSED: u8 = 1;

const AWAITING_KEY: &str = "waiting for the peer's key";

/// The keys of both directions and the number of each direction's first record.
pub(crate) struct Session {
    pub(crate) keys: StatelessTransportState,
    pub(crate) first_outgoing: u64,
    pub(crate) first_incoming: u64,
}

/// The connecting side's part.
pub(crate) fn connect<S: Transport>(
    stream: &mut S,
    secret: &Secret,
    protocol: &str,
    limit: Duration,
) -> Result<Session> {
    let mut stream = Timed::new(stream, limit);
    let greetings = Greetings::of(protocol)?;
    let mut noise = greetings.start(secret, Role::Connects)?;
    let first = write_message(&mut noise)?;
    let sent = stream.write_all(
        &[&greetings.connecting, first.as_slice()].concat(),
        "sending the greeting",
    );
    // A peer that has closed already may have said why.
    await_answer(&mut stream, protocol).map_err(|error| match sent {
        Err(unsent) if error.is_disconnected() || error.is_timeout() => unsent,
        _ => error,
    })?;
    let mut second = [0; MESSAGE];
    stream.read_exact(&mut second, AWAITING_KEY)?;
    check_message(&mut noise, &second)?;

    let keys = noise.into_stateless_transport_mode().map_err(failed)?;
    let mut confirmation = [0; TAG];
    keys.write_message(0, &[], &mut confirmation)
        .map_err(failed)?;
    stream.write_all(&confirmation, "sending the confirmation")?;
    stream.finish()?;
    Ok(Session {
        keys,
        first_outgoing: 1,
        first_incoming: 0,
    })
}

/// Reads the accepting side's greeting and verdict.
fn await_answer<S: Transport>(stream: &mut Timed<'_, S>, protocol: &str) -> Result<()> {
    await_greeting(stream, Role::Accepts, protocol)?;
    let mut verdict = [0];
    stream.read_exact(&mut verdict, "waiting for the peer's verdict")?;
    match verdict[0] {
        GO_ON => Ok(()),
        _ => Err(Error::link(LinkFault::WrongSecret { told: true })),
    }
}

/// The accepting side's part.
pub(crate) fn accept<S: Transport>(
    stream: &mut S,
    secret: &Secret,
    protocol: &str,
    limit: Duration,
) -> Result<Session> {
    let mut stream = Timed::new(stream, limit);
    let greetings = Greetings::of(protocol)?;
    let mut noise = greetings.start(secret, Role::Accepts)?;
    if let Err(error) = await_first_message(&mut stream, &mut noise, protocol) {
        return Err(refuse(&mut stream, greetings, error));
    }
    let second = write_message(&mut noise)?;
    let answer = [&greetings.accepting, [GO_ON].as_slice(), &second].concat();
    stream.write_all(&answer, "answering the greeting")?;

    let keys = noise.into_stateless_transport_mode().map_err(failed)?;
    let mut confirmation = [0; TAG];
    stream.read_exact(
        &mut confirmation,
        "waiting for the peer to confirm that it knows the secret",
    )?;
    let confirmed = keys.read_message(0, &confirmation, &mut []);
    confirmed.map_err(|_| Error::link(LinkFault::WrongSecret { told: false }))?;
    stream.finish()?;
    Ok(Session {
        keys,
        first_outgoing: 0,
        first_incoming: 1,
    })
}

fn await_first_message<S: Transport>(
    stream: &mut Timed<'_, S>,
    noise: &mut HandshakeState,
    protocol: &str,
) -> Result<()> {
    let greeted = await_greeting(stream, Role::Connects, protocol);
    let mut first = [0; MESSAGE];
    if greeted.is_ok() {
        stream.read_exact(&mut first, AWAITING_KEY)?;
        return check_message(noise, &first);
    }
    if greeted.as_ref().is_err_and(Error::is_protocol) {
        // Closing with bytes unread would reset the connection, which may destroy the answer on its way.
        stream.read_exact(&mut first, AWAITING_KEY).ok();
    }
    greeted
}

/// Tells the peer why, as far as it can be told and listens, and returns what is to be told here.
fn refuse<S: Transport>(stream: &mut Timed<'_, S>, greetings: Greetings, error: Error) -> Error {
    let mut answer = greetings.accepting;
    if error.is_auth() {
        answer.push(REFUSED);
    }
    if !error.is_disconnected() && !error.is_timeout() {
        stream.write_all(&answer, "refusing the peer").ok();
    }
    error
}

/// Both greetings for one protocol.
struct Greetings {
    connecting: Vec<u8>,
    accepting: Vec<u8>,
}

impl Greetings {
    fn of(protocol: &str) -> Result<Self> {
        Ok(Greetings {
            connecting: greeting(Role::Connects, protocol)?,
            accepting: greeting(Role::Accepts, protocol)?,
        })
    }

    fn start(&self, secret: &Secret, role: Role) -> Result<HandshakeState> {
        let prologue = [self.connecting.as_slice(), &self.accepting].concat();
        let build = match role {
            Role::Connects => Builder::build_initiator,
            Role::Accepts => Builder::build_responder,
        };
        Builder::new(PATTERN.parse().map_err(failed)?)
            .psk(0, secret.key())
            .and_then(|builder| builder.prologue(&prologue))
            .and_then(build)
            .map_err(failed)
    }
}

fn write_message(noise: &mut HandshakeState) -> Result<[u8; MESSAGE]> {
    let mut message = [0; MESSAGE];
    noise.write_message(&[], &mut message).map_err(failed)?;
    Ok(message)
}

fn check_message(noise: &mut HandshakeState, message: &[u8]) -> Result<()> {
    match noise.read_message(message, &mut []) {
        Ok(_) => Ok(()),
        Err(snow::Error::Decrypt | snow::Error::Dh) => {
            Err(Error::link(LinkFault::WrongSecret { told: false }))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Something that depends on this side alone, such as the random source.
fn failed(source: snow::Error) -> Error {
    Error::link(LinkFault::Crypto { source })
}
