//! The proxy's HTTP side as a test sees it: a GET, and Prometheus samples by name and labels.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Status code and body of `GET path`, or `None` when nobody answers.
pub fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}

/// A scrape of `/metrics`.
pub struct Metrics {
    lines: Vec<String>,
}

impl Metrics {
    /// Scrapes; panics when the page does not answer with 200.
    pub fn scrape(address: SocketAddr) -> Self {
        let (status, body) = get(address, "/metrics").expect("/metrics answers");
        assert_eq!(status, 200, "{body}");
        Self { lines: body.lines().filter(|l| !l.starts_with('#')).map(str::to_owned).collect() }
    }

    /// The sum of all samples called `name` that have all of `labels`; 0 when there is none.
    ///
    /// ```no_run
    /// metrics.sum("anabranch_statements_total", &[("target", "replica")]);
    /// ```
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples(name, labels).map(|(_, value)| value).sum()
    }

    /// Every sample called `name` that has all of `labels`: its line without the value, and the value.
    pub fn samples<'a>(
        &'a self,
        name: &'a str,
        labels: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = (&'a str, f64)> + 'a {
        self.lines.iter().filter_map(move |line| {
            let (series, value) = line.rsplit_once(' ')?;
            let of_name = series.split('{').next() == Some(name);
            let has_labels = labels.iter().all(|(k, v)| series.contains(&format!("{k}=\"{v}\"")));
            (of_name && has_labels).then(|| value.parse().ok().map(|v| (series, v)))?
        })
    }
}
