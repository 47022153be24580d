//! Where secrets come from, and who is refused one.

use manyways_wire::Secret;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use tempfile::tempdir;

const DIGITS: &str = "00112233445566778899aabbccddeeff0123456789abcdefFEDCBA9876543210";

#[test]
fn hexadecimal_digits() {
    let secret = Secret::from_hex(&format!("  {DIGITS}\n")).unwrap();
    assert_eq!(secret.to_hex(), DIGITS.to_lowercase());
    assert_eq!(Secret::from_key([0xA5; 32]).to_hex(), "a5".repeat(32));
    let (long, letters, signs) = (
        format!("{DIGITS}0"),
        DIGITS.replace('0', "g"),
        DIGITS.replacen("00", "+0", 1),
    );
    for wrong in ["", "0011", &DIGITS[1..], &long, &letters, &signs] {
        let error = Secret::from_hex(wrong).unwrap_err();
        assert!(error.is_secret(), "{error}");
        assert!(
            wrong.is_empty() || !error.to_string().contains(wrong),
            "{error}"
        );
    }
}

#[test]
fn generated_ones_differ() {
    let (one, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    assert_ne!(one.to_hex(), other.to_hex());
    assert_eq!(one.clone().to_hex(), one.to_hex());
}

#[test]
fn passphrases() {
    for short in ["", "seven77", "äöüäöüä"] {
        let error = Secret::from_passphrase(short).unwrap_err();
        assert!(
            error.is_secret() && error.to_string().contains("8 are the least"),
            "{error}"
        );
    }
    let secret = Secret::from_passphrase("correct horse battery staple").unwrap();
    // From the reference implementation. Another value would cut off everybody who uses a released version.
    assert_eq!(
        secret.to_hex(),
        "3c87fb5e3bfc058ae01e401c8949c7da1746eed10ef31b6f6caa2201cb05c8bf"
    );
}

#[test]
fn debug_shows_nothing() {
    let secret = Secret::from_hex(DIGITS).unwrap();
    assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(..) Secret(..)");
}

#[test]
fn files() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("secret");
    let secret = Secret::generate().unwrap();
    secret.to_file(&path).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(Secret::from_file(&path).unwrap().to_hex(), secret.to_hex());
    let error = secret.to_file(&path).unwrap_err();
    assert_eq!(error.io_kind(), Some(ErrorKind::AlreadyExists), "{error}");

    for mode in [0o640, 0o604, 0o620, 0o601, 0o644] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = Secret::from_file(&path).unwrap_err();
        assert!(error.is_secret(), "{error}");
        assert!(
            error.to_string().contains(&format!("mode {mode:o}")),
            "{error}"
        );
    }
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert_eq!(Secret::from_file(&path).unwrap().to_hex(), secret.to_hex());
}

#[test]
fn files_that_are_none() {
    let folder = tempdir().unwrap();
    let missing = Secret::from_file(folder.path().join("missing")).unwrap_err();
    assert_eq!(missing.io_kind(), Some(ErrorKind::NotFound));
    assert!(missing.to_string().contains("missing"), "{missing}");

    let error = Secret::from_file(folder.path()).unwrap_err();
    assert!(
        error.is_secret() && error.to_string().contains("regular file"),
        "{error}"
    );

    let path = folder.path().join("other");
    for content in [
        "",
        "my cat's name",
        &format!("{DIGITS}{DIGITS}"),
        &" ".repeat(1 << 20),
    ] {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let error = Secret::from_file(&path).unwrap_err();
        assert!(
            error.is_secret() && error.to_string().contains("64 hexadecimal"),
            "{error}"
        );
    }
}
