//! A whole cluster, and the scheduler that takes one step after another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::defects::Defect;
use super::link::Link;
use super::random::Random;
use super::server::{Role, Server};
use super::truth::{Checked, Truth};
use crate::engine::CommitTicket;
use crate::replication::ack::{AckLevel, AckPoint, OnTimeout, Policy};
use crate::replication::replica::receiver::Flavour;

/// Milliseconds of a unit of the simulated time: so many that no timer of the real clock ever ends during a run.
pub const UNIT: u64 = 1_000_000;

/// Steps of the part of a run in which there are faults.
const STEPS: usize = 300;

/// What happened, to be printed where a check fails.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How often what happened, so that it is seen that a run reaches what it is for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub commits: u64,
    pub promised: u64,
    pub unacknowledged: u64,
    pub degraded: u64,
    pub refused: u64,
    pub crashes: u64,
    pub connections: u64,
    pub reads: u64,
    pub losses: u64,
}

impl Counts {
    pub fn add(&mut self, other: &Self) {
        self.commits += other.commits;
        self.promised += other.promised;
        self.unacknowledged += other.unacknowledged;
        self.degraded += other.degraded;
        self.refused += other.refused;
        self.crashes += other.crashes;
        self.connections += other.connections;
        self.reads += other.reads;
        self.losses += other.losses;
    }
}

/// A commit whose client waits.
pub struct Waiting {
    /// Its place in the primary's log; none for one that no replica gets.
    pub number: Option<usize>,
    pub ticket: CommitTicket,
}

/// Servers, connections, clients, and the truth about them.
pub struct World {
    pub random: Random,
    /// Milliseconds.
    pub clock: Arc<AtomicU64>,
    pub servers: Vec<Server>,
    pub links: Vec<Link>,
    pub truth: Truth,
    pub waiting: Vec<Waiting>,
    pub next_connection: u64,
    pub next_value: i64,
    /// The network's longest delay, in units.
    pub slow: u64,
    pub was_degraded: bool,
    pub counts: Counts,
    trace: Trace,
}

/// Everything that may happen, and how often, compared with the others.
type Action = fn(&mut World) -> Checked<bool>;

const ACTIONS: [(u64, Action); 25] = [
    (90, World::write),
    (50, World::read),
    (160, World::fill),
    (220, World::take),
    (200, World::idle),
    (200, World::hear),
    (110, World::lead),
    (110, World::poll),
    (30, World::wait),
    (80, World::connect),
    (40, World::notice),
    (10, World::heartbeat),
    (25, World::change_policy),
    (8, World::checkpoint),
    (6, World::stop_applier),
    (60, World::start_applier),
    (5, World::stop_receiver),
    (40, World::start_receiver),
    (10, World::cut),
    (10, World::freeze),
    (5, World::crash),
    (5, World::plan_crash),
    (40, World::restart),
    (6, World::harm_disk),
    (20, World::heal_disk),
];

impl World {
    /// The cluster that a seed gives, with its first statement carried out.
    pub fn new(seed: u64, defect: Defect, trace: Trace) -> Checked<Self> {
        let mut random = Random::new(seed);
        let direct = random.within(1, 4) as usize;
        let has_branch = random.once_in(4);
        let count = 1 + direct + usize::from(has_branch);
        let has_stranger = direct > 1 && random.once_in(4);
        let log_file_bytes = random.choose(&[1 << 20, 6_000, 2_500]);
        let mut servers = Vec::new();
        for number in 0..count {
            let source = match number {
                0 => None,
                _ if number > direct => Some(1),
                _ => Some(0),
            };
            let flavour = match has_stranger && number == direct {
                true => Flavour::MySql,
                false => Flavour::Anabranch,
            };
            let auto_position = !random.once_in(4);
            let role = Role { number, source, auto_position, flavour, log_file_bytes };
            let disk = seed.wrapping_mul(31).wrapping_add(number as u64);
            servers.push(Server::new(role, Policy::default(), defect, disk));
        }
        let mut world = Self {
            slow: random.choose(&[3, 20, 60]),
            random,
            clock: Arc::new(AtomicU64::new(0)),
            truth: Truth::new(count),
            servers,
            links: Vec::new(),
            waiting: Vec::new(),
            next_connection: 1,
            next_value: 1_000,
            was_degraded: false,
            counts: Counts::default(),
            trace,
        };
        for number in 0..count {
            world.start(number)?;
        }
        world.create_tables()?;
        world.servers[0].policy = world.policy();
        world.apply_policy()?;
        Ok(world)
    }

    pub fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Notes what happens.
    pub fn say(&self, what: impl FnOnce() -> String) {
        let line = format!("{:>6} {}", self.now() / UNIT, what());
        self.trace.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// The part with faults.
    pub fn live(&mut self) -> Checked {
        for _ in 0..STEPS {
            self.step()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Checked {
        let total: u64 = ACTIONS.iter().map(|(weight, _)| weight).sum();
        for _ in 0..12 {
            let mut at = self.random.within(0, total);
            let action = ACTIONS.iter().find(|(weight, _)| {
                let found = at < *weight;
                at = at.saturating_sub(*weight);
                found
            });
            let Some((_, action)) = action else { continue };
            if action(self)? {
                break;
            }
        }
        self.bury()?;
        let units = self.random.within(0, 4);
        self.pass(units)
    }

    /// Lets time pass, as those who wait for acknowledgements do: what the machine says will happen next happens
    /// when it says.
    pub fn pass(&mut self, units: u64) -> Checked {
        let target = self.now() + units * UNIT;
        for _ in 0..1_000 {
            let Some(life) = &self.servers[0].life else { break };
            let mut next = None;
            life.acknowledgement().tell(|acks, _| {
                next = acks.next_tick();
                Vec::new()
            });
            let Some(next) = next.filter(|next| *next <= target) else { break };
            super::truth::ensure(next > self.now() || next == 0, || {
                format!("the next tick, {next}, does not come after {}", self.now())
            })?;
            self.clock.store(next, Ordering::SeqCst);
            self.servers[0].life().acknowledgement().tell(|acks, now| acks.tick(now));
            self.observe()?;
        }
        self.clock.store(target, Ordering::SeqCst);
        Ok(())
    }

    fn wait(&mut self) -> Checked<bool> {
        let units = self.random.within(5, 60);
        self.pass(units)?;
        Ok(true)
    }

    /// Replicas that follow the primary itself and tell what they apply.
    pub fn own_replicas(&self) -> usize {
        let roles = self.servers.iter().map(|server| &server.role);
        roles.filter(|role| role.source == Some(0) && role.flavour == Flavour::Anabranch).count()
    }

    pub fn direct_replicas(&self) -> usize {
        self.servers.iter().filter(|server| server.role.source == Some(0)).count()
    }

    /// A policy that the replicas that there are can meet.
    pub fn policy(&mut self) -> Policy {
        let (own, direct) = (self.own_replicas() as u64, self.direct_replicas() as u64);
        let random = &mut self.random;
        let copies = if random.once_in(2) { 0 } else { 1 + direct };
        Policy {
            level: random.choose(&AckLevel::ALL),
            count: random.within(1, own + 1) as u32,
            copies: copies as u32,
            point: random.choose(&[AckPoint::Received, AckPoint::Applied]),
            timeout_ms: random.within(40, 600) * UNIT,
            on_timeout: random.choose(&[OnTimeout::Degrade, OnTimeout::Block, OnTimeout::Error]),
            wait_without_replicas: !random.once_in(4),
            in_sync_max_lag_ms: random.within(40, 800) * UNIT,
            min_in_sync: if random.once_in(3) { random.within(0, own + 1) as u32 } else { 0 },
        }
    }

    /// One of these, if there are any.
    pub fn any(&mut self, among: &[usize]) -> Option<usize> {
        if among.is_empty() { None } else { Some(self.random.choose(among)) }
    }

    /// The servers of which this holds.
    pub fn servers_where(&self, holds: impl Fn(&Server) -> bool) -> Vec<usize> {
        (0..self.servers.len()).filter(|number| holds(&self.servers[*number])).collect()
    }

    /// The places of the connections of which this holds.
    pub fn links_where(&self, holds: impl Fn(&Link) -> bool) -> Vec<usize> {
        (0..self.links.len()).filter(|at| holds(&self.links[*at])).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.links.clear();
        self.servers
            .iter_mut()
            .filter(|server| server.life.is_some())
            .for_each(|server| server.crash(true));
    }
}
