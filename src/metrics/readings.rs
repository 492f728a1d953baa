//! Metrics that are read from what is counted elsewhere, at the moment somebody asks.

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Counter, Gauge, Metric, MetricFamily, MetricType};
use prometheus::{Error, Opts, Registry, TextEncoder};

use super::Page;

/// What a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadingKind {
    /// Grows only.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// A set of readings; cheap while nobody asks.
#[derive(Debug, Default)]
pub struct Readings {
    registry: Registry,
}

impl Readings {
    /// Adds a reading. `name` is its full name, `help` one line.
    ///
    /// # Errors
    /// The name is taken or malformed.
    pub fn add(
        &self,
        name: &str,
        help: &str,
        kind: ReadingKind,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let opts = Opts::new(name, help);
        let desc = Desc::new(opts.name, opts.help, Vec::new(), opts.const_labels)?;
        self.registry.register(Box::new(Reading { desc, kind, read: Box::new(read) }))
    }
}

impl Page for Readings {
    fn render(&self) -> Result<String, Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

struct Reading {
    desc: Desc,
    kind: ReadingKind,
    read: Box<dyn Fn() -> f64 + Send + Sync>,
}

impl Collector for Reading {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.desc]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut metric = Metric::default();
        let mut family = MetricFamily::default();
        match self.kind {
            ReadingKind::Counter => {
                let mut counter = Counter::default();
                counter.set_value((self.read)());
                metric.set_counter(counter);
                family.set_field_type(MetricType::COUNTER);
            }
            ReadingKind::Gauge => {
                let mut gauge = Gauge::default();
                gauge.set_value((self.read)());
                metric.set_gauge(gauge);
                family.set_field_type(MetricType::GAUGE);
            }
        }
        family.set_name(self.desc.fq_name.clone());
        family.set_help(self.desc.help.clone());
        family.set_metric(vec![metric]);
        vec![family]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_taken_when_asked_for() {
        let readings = Readings::default();
        readings.add("anabranch_x_total", "Things.", ReadingKind::Counter, || 3.0).unwrap();
        let page = readings.render().unwrap();
        assert!(page.contains("# TYPE anabranch_x_total counter\nanabranch_x_total 3\n"), "{page}");
        assert!(readings.add("anabranch_x_total", "Again.", ReadingKind::Gauge, || 0.0).is_err());
    }
}
