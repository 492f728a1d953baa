//! Metrics that are read from what is counted elsewhere, at the moment somebody asks.

use prometheus::core::{Collector, Desc};
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};
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
        self.add_each(name, help, kind, "", move || vec![(String::new(), read())])
    }

    /// Adds a reading with a value for each of some things that come and go; `label` says what they are.
    ///
    /// # Errors
    /// The name is taken or malformed.
    pub fn add_each(
        &self,
        name: &str,
        help: &str,
        kind: ReadingKind,
        label: &'static str,
        read: impl Fn() -> Vec<(String, f64)> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let desc = desc(name, help, label)?;
        self.registry.register(Box::new(Reading { desc, kind, label, read: Box::new(read) }))
    }

    /// Adds a histogram that is counted elsewhere: `read` gives how many fell under each of `bounds` and not
    /// under the one before, then the rest, and the sum of all.
    ///
    /// # Errors
    /// The name is taken or malformed.
    pub fn add_histogram(
        &self,
        name: &str,
        help: &str,
        bounds: Vec<f64>,
        read: impl Fn() -> (Vec<u64>, f64) + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let desc = desc(name, help, "")?;
        self.registry.register(Box::new(Counted { desc, bounds, read: Box::new(read) }))
    }
}

fn desc(name: &str, help: &str, label: &str) -> Result<Desc, Error> {
    let opts = Opts::new(name, help);
    let labels = if label.is_empty() { Vec::new() } else { vec![label.to_owned()] };
    Desc::new(opts.name, opts.help, labels, opts.const_labels)
}

fn family(desc: &Desc, kind: MetricType, metrics: Vec<Metric>) -> Vec<MetricFamily> {
    let mut family = MetricFamily::default();
    family.set_field_type(kind);
    family.set_name(desc.fq_name.clone());
    family.set_help(desc.help.clone());
    family.set_metric(metrics);
    vec![family]
}

struct Counted {
    desc: Desc,
    bounds: Vec<f64>,
    read: Box<dyn Fn() -> (Vec<u64>, f64) + Send + Sync>,
}

impl Collector for Counted {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.desc]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let (counts, sum) = (self.read)();
        let (mut histogram, mut total) = (Histogram::default(), 0);
        let mut buckets = Vec::with_capacity(self.bounds.len());
        for (bound, count) in self.bounds.iter().zip(&counts) {
            total += count;
            let mut bucket = Bucket::default();
            bucket.set_cumulative_count(total);
            bucket.set_upper_bound(*bound);
            buckets.push(bucket);
        }
        histogram.set_bucket(buckets);
        histogram.set_sample_count(counts.iter().sum());
        histogram.set_sample_sum(sum);
        let mut metric = Metric::default();
        metric.set_histogram(histogram);
        family(&self.desc, MetricType::HISTOGRAM, vec![metric])
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
    label: &'static str,
    read: Box<dyn Fn() -> Vec<(String, f64)> + Send + Sync>,
}

impl Reading {
    fn metric(&self, thing: String, value: f64) -> Metric {
        let mut metric = Metric::default();
        if !self.label.is_empty() {
            let mut label = LabelPair::default();
            label.set_name(self.label.to_owned());
            label.set_value(thing);
            metric.set_label(vec![label]);
        }
        match self.kind {
            ReadingKind::Counter => {
                let mut counter = Counter::default();
                counter.set_value(value);
                metric.set_counter(counter);
            }
            ReadingKind::Gauge => {
                let mut gauge = Gauge::default();
                gauge.set_value(value);
                metric.set_gauge(gauge);
            }
        }
        metric
    }
}

impl Collector for Reading {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.desc]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let kind = match self.kind {
            ReadingKind::Counter => MetricType::COUNTER,
            ReadingKind::Gauge => MetricType::GAUGE,
        };
        let values = (self.read)().into_iter();
        family(&self.desc, kind, values.map(|(thing, value)| self.metric(thing, value)).collect())
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
        let each = || vec![("2".to_owned(), 1.0), ("3".to_owned(), 0.0)];
        readings.add_each("anabranch_up", "Up.", ReadingKind::Gauge, "server", each).unwrap();
        readings
            .add_histogram("anabranch_w", "W.", vec![0.1, 1.0], || (vec![2, 1, 4], 9.5))
            .unwrap();
        let page_with_more = readings.render().unwrap();
        for line in [
            "anabranch_up{server=\"2\"} 1\nanabranch_up{server=\"3\"} 0\n",
            "anabranch_w_bucket{le=\"1\"} 3\nanabranch_w_bucket{le=\"+Inf\"} 7\nanabranch_w_sum 9.5\n",
        ] {
            assert!(page_with_more.contains(line), "{page_with_more}");
        }
        assert!(readings.add("anabranch_x_total", "Again.", ReadingKind::Gauge, || 0.0).is_err());
    }
}
