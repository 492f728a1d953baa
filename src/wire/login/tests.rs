//! Login packets: captured ones, round trips, truncations and noise.

use super::*;
use proptest::prelude::*;

/// From the manual's page on HandshakeResponse41: `mysql` 5.5 as user pam.
const PAM: &[u8] = b"\x8d\xa6\x0f\x00\x00\x00\x00\x01\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0pam\0\x14\
    \xab\x09\xee\xf6\xbc\xb1\x32\x3e\x61\x14\x38\x65\xc0\x99\x1d\x95\x7d\x75\xd4\x47test\0mysql_native_password\0";

#[test]
fn reads_and_writes_the_manuals_example() {
    let Ok(FirstPacket::Login(login)) = FirstPacket::parse(PAM) else { panic!("a login") };
    assert_eq!((login.user.as_str(), login.database.as_deref()), ("pam", Some("test")));
    assert_eq!((login.proof.len(), login.start.collation), (20, 8));
    assert_eq!(login.auth_plugin.as_deref(), Some("mysql_native_password"));
    assert_eq!(login.start.max_packet, 1 << 24);
    let mut out = Vec::new();
    login.put_payload(&mut out);
    assert_eq!(out, PAM);
    assert!(!format!("{login:?}").contains("171"), "the proof is not printed");
}

#[test]
fn tells_a_tls_request_from_a_login() {
    let mut bytes = PAM[..32].to_vec();
    bytes[1] |= 0x08;
    assert!(matches!(FirstPacket::parse(&bytes), Ok(FirstPacket::TlsRequest(_))));
    bytes.extend_from_slice(&PAM[32..]);
    assert!(matches!(FirstPacket::parse(&bytes), Ok(FirstPacket::Login(_))));
}

#[test]
fn refuses_clients_older_than_protocol_41() {
    let old = b"\x85\x24\x00\x00\x00old\x00scramble";
    assert_eq!(FirstPacket::parse(old), Err(LoginPacketError::TooOld));
    assert_eq!(FirstPacket::parse(b""), Err(LoginPacketError::TooOld));
}

#[test]
fn names_are_bounded() {
    let mut bytes = PAM[..32].to_vec();
    bytes.extend_from_slice(&[b'u'; MAX_USER_LEN + 1]);
    bytes.extend_from_slice(&[0, 0, 0, 0]);
    assert!(FirstPacket::parse(&bytes).is_err());
}

#[test]
fn a_short_change_user_is_enough() {
    let capabilities = CapabilityFlags::CLIENT_SECURE_CONNECTION;
    let short = ChangeUser::parse(b"root\0\0test\0", capabilities).unwrap();
    assert_eq!((short.user.as_str(), short.database.as_deref()), ("root", Some("test")));
    assert_eq!((short.collation, short.auth_plugin), (None, None));
}

#[test]
fn truncations_never_panic() {
    for end in 0..PAM.len() {
        let _ = FirstPacket::parse(&PAM[..end]);
        let _ = ChangeUser::parse(&PAM[32..32 + end.min(PAM.len() - 32)], CapabilityFlags::all());
    }
}

fn attributes() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::vec(("[a-z_]{0,20}", "\\PC{0,40}"), 0..5)
}

proptest! {
    #[test]
    fn every_login_survives(
        bits: u32, extended: u32, collation: u8, max_packet: u32, user in "[^\0]{0,30}",
        proof in proptest::collection::vec(1u8..=255, 0..200), database in proptest::option::of("[a-z]{1,20}"),
        plugin in proptest::option::of("[a-z_]{1,20}"), attributes in attributes(),
    ) {
        let capabilities = CapabilityFlags::from_bits_retain(bits) | CapabilityFlags::CLIENT_PROTOCOL_41;
        let has = |flag| capabilities.contains(flag);
        let login = HandshakeResponse {
            start: LoginStart {
                capabilities, max_packet, collation,
                mariadb_capabilities: extended_capabilities(capabilities, extended),
            },
            user, proof,
            database: database.filter(|_| has(CapabilityFlags::CLIENT_CONNECT_WITH_DB)),
            auth_plugin: plugin.filter(|_| has(CapabilityFlags::CLIENT_PLUGIN_AUTH)),
            attributes: match has(CapabilityFlags::CLIENT_CONNECT_ATTRS) { true => attributes, false => Vec::new() },
        };
        let mut out = Vec::new();
        login.put_payload(&mut out);
        prop_assert_eq!(FirstPacket::parse(&out), Ok(FirstPacket::Login(login)));
    }

    #[test]
    fn every_change_user_survives(
        user in "[^\0]{0,30}", proof in proptest::collection::vec(any::<u8>(), 0..=255), collation: u16,
        database in proptest::option::of("[a-z]{1,20}"), plugin in proptest::option::of("[a-z_]{1,20}"),
        attributes in attributes(),
    ) {
        let change = ChangeUser { user, proof, database, collation: Some(collation), auth_plugin: plugin, attributes };
        let mut out = Vec::new();
        change.put_body(&mut out, CapabilityFlags::all());
        prop_assert_eq!(ChangeUser::parse(&out, CapabilityFlags::all()), Ok(change));
    }

    #[test]
    fn noise_never_panics(bits: u32, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let bits = bits | CapabilityFlags::CLIENT_PROTOCOL_41.bits();
        let _ = FirstPacket::parse(&bytes);
        let _ = FirstPacket::parse(&[&bits.to_le_bytes()[..], &bytes].concat());
        let _ = ChangeUser::parse(&bytes, CapabilityFlags::from_bits_retain(bits));
    }
}
