//! What the login tests share: commands as bytes, and other programs.

pub mod mariadb;
pub mod proxy;

use anabranch::net::Stream;
use anabranch::net::packets::Packets;

/// Sends a command and reads the first packet of the answer.
pub async fn command(stream: &mut Stream, payload: &[u8]) -> Vec<u8> {
    Packets::new(stream, 0).send(payload).await.unwrap();
    Packets::new(stream, 1).read().await.unwrap()
}

/// The one value of a query, under `CLIENT_DEPRECATE_EOF`.
pub async fn query_text(stream: &mut Stream, statement: &str) -> String {
    let mut packets = Packets::new(stream, 0);
    packets.send(&[b"\x03", statement.as_bytes()].concat()).await.unwrap();
    assert_eq!(packets.read().await.unwrap(), [1], "one column");
    packets.read().await.unwrap();
    let row = packets.read().await.unwrap();
    assert_eq!(packets.read().await.unwrap()[0], 0xfe, "one row");
    String::from_utf8(row[1..].to_vec()).unwrap()
}

/// What a program prints, both ways; `None` when it is not installed.
pub fn run(program: &str, arguments: &[&str]) -> impl Future<Output = Option<String>> + use<> {
    let mut command = std::process::Command::new(program);
    command.args(arguments).stdin(std::process::Stdio::null());
    let program = program.to_owned();
    async move {
        let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
        let Ok(output) = ran else {
            eprintln!("skipped: {program} is not installed");
            return None;
        };
        let said = [output.stdout, output.stderr].concat();
        Some(String::from_utf8_lossy(&said).into_owned())
    }
}
