//! What goes wrong: servers that lose power or are killed, disks that are full or cannot sync, a network that stops
//! or breaks; and administrators who stop and start replication.

use super::server::name;
use super::truth::{Checked, Told, ensure};
use super::world::{UNIT, World};
use crate::disk::Faults;

impl World {
    pub fn start(&mut self, number: usize) -> Checked {
        let clock = self.clock.clone();
        self.servers[number].start(&clock)?;
        if let Some(side) = &mut self.servers[number].life_mut().follower {
            side.start_applier();
        }
        Ok(())
    }

    /// A server that is down starts.
    pub fn restart(&mut self) -> Checked<bool> {
        let down = self.servers_where(|server| server.life.is_none());
        let Some(number) = self.any(&down) else { return Ok(false) };
        self.bring_up(number)?;
        Ok(true)
    }

    pub fn bring_up(&mut self, number: usize) -> Checked {
        self.start(number)?;
        self.say(|| format!("{} starts", name(number)));
        if number == 0 { self.check_primary_restart() } else { self.check_replica_restart(number) }
    }

    /// A server ends without a word.
    pub fn crash(&mut self) -> Checked<bool> {
        let up = self.servers_where(|server| server.life.is_some());
        let Some(number) = self.any(&up) else { return Ok(false) };
        let loses = !self.random.once_in(3);
        self.crash_server(number, loses)?;
        Ok(true)
    }

    pub fn crash_server(&mut self, number: usize, loses: bool) -> Checked {
        let how = if loses { "loses power" } else { "is killed" };
        self.say(|| format!("{} {how}", name(number)));
        self.counts.crashes += 1;
        self.servers[number].crash(loses);
        for at in 0..self.links.len() {
            let link = &mut self.links[at];
            if link.source == number {
                link.sending = None;
            }
            if link.replica == number {
                link.receiving = false;
            }
        }
        self.links.retain(|link| !link.is_over());
        if number == 0 {
            self.was_degraded = false;
            for waiting in self.waiting.drain(..) {
                if let Some(number) = waiting.number {
                    self.truth.log[number].told = Told::Lost;
                }
            }
        }
        self.observe()
    }

    /// Servers whose disks have failed them are dead.
    pub fn bury(&mut self) -> Checked {
        for number in self.servers_where(|server| server.life.is_some() && server.is_dead()) {
            let loses = !self.random.once_in(3);
            self.crash_server(number, loses)?;
        }
        Ok(())
    }

    /// The power of a server fails at some operation that is to come.
    pub fn plan_crash(&mut self) -> Checked<bool> {
        let up = self.servers_where(|server| server.life.is_some() && !server.faulty);
        let Some(number) = self.any(&up) else { return Ok(false) };
        let after = self.random.within(0, 12);
        self.say(|| format!("{} will lose power after {after} operations", name(number)));
        let faults = Faults { power_cut_after: Some(after), ..Faults::default() };
        self.servers[number].disk.set_faults(faults);
        self.servers[number].faulty = true;
        Ok(true)
    }

    /// A disk is full, or cannot sync.
    pub fn harm_disk(&mut self) -> Checked<bool> {
        let up = self.servers_where(|server| server.life.is_some() && !server.faulty);
        let Some(number) = self.any(&up) else { return Ok(false) };
        let server = &mut self.servers[number];
        let faults = match self.random.once_in(3) {
            true => {
                let syncs = self.random.within(0, 4);
                Faults { failed_sync_after: Some(syncs), ..Faults::default() }
            }
            false => {
                let room = self.random.within(0, 900);
                Faults { capacity: Some(server.disk.used() + room), ..Faults::default() }
            }
        };
        server.disk.set_faults(faults);
        server.faulty = true;
        self.say(|| format!("the disk of {} has {faults:?}", name(number)));
        Ok(true)
    }

    /// An administrator makes room. What a failed sync has spoiled stays so until a restart.
    pub fn heal_disk(&mut self) -> Checked<bool> {
        let ill = self
            .servers_where(|server| server.life.is_some() && server.faulty && !server.is_dead());
        let Some(number) = self.any(&ill) else { return Ok(false) };
        self.servers[number].disk.set_faults(Faults::default());
        self.say(|| format!("the disk of {} is well", name(number)));
        Ok(true)
    }

    /// A connection breaks.
    pub fn cut(&mut self) -> Checked<bool> {
        let whole = self.links_where(|link| !link.broken);
        let Some(at) = self.any(&whole) else { return Ok(false) };
        self.links[at].broken = true;
        let id = self.links[at].id;
        self.say(|| format!("({id}) breaks"));
        Ok(true)
    }

    /// Nothing arrives for a while.
    pub fn freeze(&mut self) -> Checked<bool> {
        let whole = self.links_where(|link| !link.broken);
        let Some(at) = self.any(&whole) else { return Ok(false) };
        let units = self.random.within(20, 400);
        self.links[at].frozen_until = self.now() + units * UNIT;
        let id = self.links[at].id;
        self.say(|| format!("({id}) stands still for {units}"));
        Ok(true)
    }

    /// STOP REPLICA SQL_THREAD.
    pub fn stop_applier(&mut self) -> Checked<bool> {
        let running = self.servers_where(|server| {
            let side = server.life.as_ref().and_then(|life| life.follower.as_ref());
            side.is_some_and(|side| side.applies())
        });
        let Some(number) = self.any(&running) else { return Ok(false) };
        if let Some(side) = &self.servers[number].life().follower {
            side.stop_applier();
        }
        self.say(|| format!("the applier of {} is told to stop", name(number)));
        Ok(true)
    }

    /// START REPLICA SQL_THREAD.
    pub fn start_applier(&mut self) -> Checked<bool> {
        let stopped = self.servers_where(|server| {
            let side = server.life.as_ref().and_then(|life| life.follower.as_ref());
            side.is_some_and(|side| !side.applies())
        });
        let Some(number) = self.any(&stopped) else { return Ok(false) };
        if let Some(side) = &mut self.servers[number].life_mut().follower {
            side.start_applier();
        }
        self.say(|| format!("the applier of {} starts", name(number)));
        Ok(true)
    }

    /// STOP REPLICA IO_THREAD.
    pub fn stop_receiver(&mut self) -> Checked<bool> {
        let running = self.links_where(|link| link.receiving);
        let Some(at) = self.any(&running) else { return Ok(false) };
        let replica = self.links[at].replica;
        self.close_receiving(at);
        if let Some(side) = &mut self.servers[replica].life_mut().follower {
            side.receives = false;
        }
        Ok(true)
    }

    /// START REPLICA IO_THREAD.
    pub fn start_receiver(&mut self) -> Checked<bool> {
        let stopped = self.servers_where(|server| {
            let side = server.life.as_ref().and_then(|life| life.follower.as_ref());
            side.is_some_and(|side| !side.receives)
        });
        let Some(number) = self.any(&stopped) else { return Ok(false) };
        if let Some(side) = &mut self.servers[number].life_mut().follower {
            side.receives = true;
        }
        self.say(|| format!("the receiver of {} starts", name(number)));
        Ok(true)
    }

    /// What a primary must have after a restart: all that was ever durable, and of the rest whole transactions from
    /// the front.
    fn check_primary_restart(&mut self) -> Checked {
        let life = self.servers[0].life();
        let primary = life.engine.uuid();
        let (count, rows) = life.read(primary, "the primary")?;
        let end = life.engine.log().expect("a log").current();
        let known = self.truth.log.len();
        let uncertain = std::mem::take(&mut self.truth.uncertain);
        ensure((known..=known + uncertain.len()).contains(&count), || {
            format!("the primary has {count} transactions, of {known} that are certain")
        })?;
        let now = self.now();
        for work in uncertain.into_iter().take(count - known) {
            self.truth.push(super::truth::Transaction {
                work,
                asked: None,
                end,
                logged_at: now,
                from_before: true,
                told: Told::Lost,
                promised: None,
                holders: Vec::new(),
            });
        }
        self.truth.log.iter_mut().for_each(|transaction| transaction.from_before = true);
        self.truth.visible = count;
        self.was_degraded = false;
        self.forget_heard();
        super::server::is_like("the primary", &rows, &self.truth.states[count], count)?;
        for (number, claims) in self.truth.claims.iter().enumerate() {
            ensure(claims.received <= count, || {
                format!("{} has more than the primary: {}", name(number), claims.received)
            })?;
        }
        Ok(())
    }

    /// What a replica must have after a restart: all that it ever said it had.
    fn check_replica_restart(&mut self, number: usize) -> Checked {
        let life = self.servers[number].life();
        let who = name(number);
        let has = life.has(super::server::uuid(0), &who)?;
        let claims = self.truth.claims[number];
        let by = self.truth.log.get(has).map(|transaction| transaction.promised);
        ensure(has >= claims.received, || {
            format!(
                "{who} has {has} transactions and had promised {}; the next was {by:?}",
                claims.received
            )
        })?;
        let applied = life.read(super::server::uuid(0), &who)?.0;
        ensure(applied >= claims.applied, || {
            format!("{who} has applied {applied} and had said {}", claims.applied)
        })?;
        self.check_rows(number)
    }
}
