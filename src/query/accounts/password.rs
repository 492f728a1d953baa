//! What `mysql.user` holds of a password.

use crate::query::cells::text;
use crate::value::{SqlError, Value};
use crate::wire::auth::caching_sha2::StoredHash;
use crate::wire::auth::{AuthPlugin, native};
use crate::wire::greeting::SALT_LEN;

/// What accounts without `WITH plugin` get.
pub(super) const DEFAULT_PLUGIN: &str = "caching_sha2_password";
/// The letters of salts: any byte would do, but these survive every tool that prints the column.
const SALT_LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `authentication_string` for a password in clear text.
///
/// # Errors
/// 1524 for a plugin that this server does not have.
pub(super) fn stored(password: &[u8], plugin: &str) -> Result<Value, SqlError> {
    let plugin = known(plugin)?;
    if password.is_empty() {
        return Ok(text(""));
    }
    let column = match plugin {
        AuthPlugin::Native => {
            let hash = native::stored(&native::single(password));
            hash.iter().fold("*".to_owned(), |text, byte| text + &format!("{byte:02X}"))
        }
        AuthPlugin::CachingSha2 => {
            let column = StoredHash::create(password, random_salt()?).to_column();
            String::from_utf8_lossy(&column).into_owned()
        }
    };
    Ok(text(&column))
}

/// `authentication_string` as it is given (`IDENTIFIED WITH … AS`).
///
/// # Errors
/// 1524 for an unknown plugin, 1827 for what is no hash of it.
pub(super) fn given(hash: &[u8], plugin: &str) -> Result<Value, SqlError> {
    let fits = match known(plugin)? {
        _ if hash.is_empty() => true,
        AuthPlugin::Native => {
            std::str::from_utf8(hash).ok().and_then(native::parse_stored).is_some()
        }
        AuthPlugin::CachingSha2 => StoredHash::parse(hash).is_some(),
    };
    if !fits {
        let message = "The password hash doesn't have the expected format.";
        return Err(SqlError::new(1827, b"HY000", message));
    }
    Ok(text(&String::from_utf8_lossy(hash)))
}

fn known(plugin: &str) -> Result<AuthPlugin, SqlError> {
    AuthPlugin::from_name(plugin)
        .ok_or_else(|| SqlError::new(1524, b"HY000", format!("Plugin '{plugin}' is not loaded")))
}

fn random_salt() -> Result<[u8; SALT_LEN], SqlError> {
    let mut salt = [0; SALT_LEN];
    aws_lc_rs::rand::fill(&mut salt)
        .map_err(|_| SqlError::new(1105, b"HY000", "No random numbers are to be had"))?;
    // 64 letters divide 256 evenly: none is likelier than another.
    Ok(salt.map(|byte| SALT_LETTERS[usize::from(byte % 64)]))
}
