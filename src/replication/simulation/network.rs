//! The steps of replication, each as small as the real tasks take them: connect, send, receive, sync and acknowledge,
//! hear, apply, commit.

use super::link::{Link, MAX_ON_THE_WAY, Way, payloads};
use super::server::{name, uuid};
use super::truth::{Checked, Violation, ensure, prefix};
use super::world::World;
use crate::binlog::log::{Position, file_number};
use crate::replication::primary::dump::take_answer;
use crate::replication::primary::{
    DumpRequest, FollowerOptions, Identity, Sender, Start, beginning,
};
use crate::replication::replica::receiver::intake::Intake;
use crate::replication::replica::receiver::{Broken, Flavour, Source};
use crate::wire::command;
use crate::wire::replication::{
    Acknowledgement, BinlogDump, BinlogDumpGtid, RegisterReplica, ReportKind,
};

fn request(payload: &[u8]) -> DumpRequest {
    match payload.first() {
        Some(&command::BINLOG_DUMP_GTID) => {
            BinlogDumpGtid::parse(payload).expect("a command").into()
        }
        _ => BinlogDump::parse(payload).expect("a command").into(),
    }
}

/// A place that an acknowledgement or a request names.
fn place(file: &str, offset: u64) -> Position {
    Position { file: file_number(file).unwrap_or(0), offset }
}

impl World {
    /// A replica connects to its source and asks for the log.
    pub fn connect(&mut self) -> Checked<bool> {
        let ready = self.servers_where(|server| {
            let life = server.life.as_ref().and_then(|life| life.follower.as_ref());
            let is_free = life.is_some_and(|side| side.receives && side.intake.is_none());
            is_free && server.role.source.is_some_and(|source| self.servers[source].life.is_some())
        });
        let Some(replica) = self.any(&ready) else { return Ok(false) };
        self.connect_replica(replica)?;
        Ok(true)
    }

    pub fn connect_replica(&mut self, replica: usize) -> Checked {
        let role = self.servers[replica].role.clone();
        let Some(source) = role.source else { return Ok(()) };
        let server = self.servers[replica].life();
        let Some(side) = &server.follower else { return Ok(()) };
        let request = match side.receiver.dump_command(role.flavour, &side.received) {
            Ok(payload) => request(&payload),
            Err(broken) => return self.cannot_receive(replica, &broken),
        };
        self.claim_by(replica, &request.start)?;
        let options = FollowerOptions {
            checksum: true,
            semi_sync: true,
            own: role.flavour == Flavour::Anabranch,
            uuid: uuid(replica).to_string(),
            ..FollowerOptions::default()
        };
        let id = self.next_connection;
        self.next_connection += 1;
        let life = self.servers[source].life();
        let log = life.engine.log().expect("a log");
        let beginning = beginning(log, life.engine.uuid(), &request.start, &options);
        let beginning = beginning.map_err(|error| {
            Violation(format!("{} is refused: {error}; it asks {:?}", name(replica), request.start))
        })?;
        let from = beginning.position;
        let sender = Sender::new(log, source as u32 + 1, beginning, &options)
            .map_err(|error| Violation(format!("no dump begins: {error}")))?;
        let registration =
            RegisterReplica { server_id: replica as u32 + 1, ..RegisterReplica::default() };
        let who = Identity { connection: id, address: name(replica), registration };
        let following = life.primary.follow(who, &options, from).expect("there is room");
        self.say(|| {
            format!(
                "{} connects ({id}) to {}: {:?} from {from:?}",
                name(replica),
                name(source),
                request.start
            )
        });
        self.counts.connections += 1;
        let source_is = Source {
            flavour: role.flavour,
            server_id: source as u32 + 1,
            uuid: uuid(source).to_string(),
            checksums: true,
            semi_sync: true,
            clock_ahead: 0,
        };
        self.links.push(Link {
            id,
            source,
            replica,
            sending: Some((sender, following)),
            receiving: true,
            begun: false,
            down: Way::default(),
            up: Way::default(),
            frozen_until: 0,
            broken: false,
        });
        if let Some(side) = &mut self.servers[replica].life_mut().follower {
            side.intake = Some((id, Intake::new(&side.receiver, source_is)));
        }
        if source == 0 {
            self.joined(replica, from);
        }
        self.observe()
    }

    /// Who asks for what follows says that it has what is before.
    fn claim_by(&mut self, replica: usize, start: &Start) -> Checked {
        let count = match start {
            Start::After(set) => prefix(set, uuid(0), &name(replica))?,
            Start::At(file, offset) if self.servers[replica].role.source == Some(0) => {
                self.truth.until(place(file.as_deref().unwrap_or_default(), *offset))
            }
            Start::At(..) => return Ok(()),
        };
        self.claim(replica, count, None)
    }

    /// A source sends what there is.
    pub fn fill(&mut self) -> Checked<bool> {
        let ready = self.links_where(|link| {
            let life = self.servers[link.source].life.as_ref();
            let end = life.and_then(|life| life.engine.log()).map(|log| log.revealed());
            let has_more =
                |sender: &Sender| !link.begun || end.is_some_and(|end| sender.position() != end);
            link.sending.as_ref().is_some_and(|(sender, _)| has_more(sender))
                && link.down.len() < MAX_ON_THE_WAY
        });
        let Some(at) = self.any(&ready) else { return Ok(false) };
        self.send(at, false)?;
        Ok(true)
    }

    /// A source has nothing to send, and says so.
    pub fn heartbeat(&mut self) -> Checked<bool> {
        let ready = self.links_where(|link| link.begun && link.sending.is_some());
        let Some(at) = self.any(&ready) else { return Ok(false) };
        self.send(at, true)?;
        Ok(true)
    }

    pub fn send(&mut self, at: usize, is_heartbeat: bool) -> Checked {
        let (now, slow) = (self.now(), self.slow * super::world::UNIT);
        let link = &mut self.links[at];
        let Some((sender, following)) = &mut link.sending else { return Ok(()) };
        if following.is_superseded() {
            self.close_sending(at);
            return Ok(());
        }
        let mut out = Vec::new();
        let filled = match is_heartbeat {
            true => sender.heartbeat(&mut out),
            false => sender.fill(&mut out).map(drop),
        };
        filled.map_err(|error| Violation(format!("the log cannot be sent: {error}")))?;
        following.sent(sender.position());
        let (packets, id, end) = (payloads(&out), link.id, sender.position());
        link.begun = true;
        let count = packets.len();
        if !link.broken {
            packets
                .into_iter()
                .for_each(|packet| link.down.put(packet, now, slow, &mut self.random));
        }
        self.say(|| format!("({id}) {count} packets are sent, up to {end:?}"));
        Ok(())
    }

    /// The source's side of a connection ends.
    pub fn close_sending(&mut self, at: usize) {
        let id = self.links[at].id;
        self.say(|| format!("({id}) its source closes it"));
        self.links[at].sending = None;
    }

    /// The replica's side ends.
    pub fn close_receiving(&mut self, at: usize) {
        let (id, replica) = (self.links[at].id, self.links[at].replica);
        self.say(|| format!("({id}) its replica closes it"));
        self.links[at].receiving = false;
        let life = self.servers[replica].life.as_mut();
        if let Some(side) = life.and_then(|life| life.follower.as_mut())
            && side.intake.as_ref().is_some_and(|(own, _)| *own == id)
        {
            side.disconnect();
        }
    }

    /// A packet arrives at a replica.
    pub fn take(&mut self) -> Checked<bool> {
        let now = self.now();
        let ready =
            self.links_where(|link| link.receiving && link.carries(now) && link.down.has(now));
        let Some(at) = self.any(&ready) else { return Ok(false) };
        for _ in 0..self.random.within(1, 12) {
            if self.links.get(at).is_some_and(|link| link.receiving && link.down.has(now)) {
                self.receive(at)?;
            }
        }
        Ok(true)
    }

    pub fn receive(&mut self, at: usize) -> Checked {
        let (id, replica) = (self.links[at].id, self.links[at].replica);
        let Some(packet) = self.links[at].down.take() else { return Ok(()) };
        let Some(side) = &mut self.servers[replica].life_mut().follower else { return Ok(()) };
        let Some((_, intake)) = &mut side.intake else { return Ok(()) };
        let taken = intake.take(&packet, &mut side.received);
        let count = side.received.gtids.count();
        self.say(|| {
            format!(
                "({id}) {} takes a packet of {} bytes; {count} received",
                name(replica),
                packet.len()
            )
        });
        taken.or_else(|broken| self.receiver_broken(at, &broken))
    }

    /// The receiver ends a connection, and itself if trying again makes no sense.
    fn receiver_broken(&mut self, at: usize, broken: &Broken) -> Checked {
        let replica = self.links[at].replica;
        self.close_receiving(at);
        self.cannot_receive(replica, broken)
    }

    fn cannot_receive(&mut self, replica: usize, broken: &Broken) -> Checked {
        let (code, text, is_fatal) = broken.told();
        self.say(|| format!("{} cannot receive: {code} {text}", name(replica)));
        let server = &self.servers[replica];
        let expected = server.faulty || server.is_dead();
        ensure(expected, || format!("{} cannot receive: {code} {text}", name(replica)))?;
        if let Some(life) = &mut self.servers[replica].life
            && let Some(side) = &mut life.follower
        {
            side.receives = !is_fatal;
        }
        Ok(())
    }

    /// A receiver has taken all that has come: it syncs, acknowledges, and reports.
    pub fn idle(&mut self) -> Checked<bool> {
        let ready = self.links_where(|link| link.receiving && !link.broken);
        let Some(at) = self.any(&ready) else { return Ok(false) };
        self.settle(at)?;
        Ok(true)
    }

    pub fn settle(&mut self, at: usize) -> Checked {
        let replica = self.links[at].replica;
        let Some(side) = &mut self.servers[replica].life_mut().follower else { return Ok(()) };
        let Some((_, intake)) = &mut side.intake else { return Ok(()) };
        let settled = match intake.settle() {
            Ok(settled) => settled,
            Err(broken) => return self.receiver_broken(at, &broken),
        };
        let report = intake.report(&side.received);
        for told in settled.into_iter().chain(report) {
            self.tell(at, &told)?;
        }
        Ok(())
    }

    /// A replica tells its source how far it is.
    fn tell(&mut self, at: usize, told: &Acknowledgement) -> Checked {
        let (now, slow) = (self.now(), self.slow * super::world::UNIT);
        let (id, source, replica) = {
            let link = &self.links[at];
            (link.id, link.source, link.replica)
        };
        let (kind, end) = (told.kind, place(&told.file, told.position));
        self.say(|| format!("({id}) {} tells {kind:?} {end:?}", name(replica)));
        if source == 0 {
            let count = self.truth.until(end);
            self.claim(replica, count, kind)?;
        }
        let mut payload = Vec::new();
        told.put_payload(&mut payload);
        if !self.links[at].broken {
            self.links[at].up.put(payload, now, slow, &mut self.random);
        }
        Ok(())
    }

    /// An acknowledgement arrives.
    pub fn hear(&mut self) -> Checked<bool> {
        let now = self.now();
        let ready = self
            .links_where(|link| link.sending.is_some() && link.carries(now) && link.up.has(now));
        let Some(at) = self.any(&ready) else { return Ok(false) };
        self.listen(at)?;
        Ok(true)
    }

    pub fn listen(&mut self, at: usize) -> Checked {
        let link = &mut self.links[at];
        let Some(payload) = link.up.take() else { return Ok(()) };
        let Some((_, following)) = &link.sending else { return Ok(()) };
        take_answer(&payload, following)
            .map_err(|error| Violation(format!("an acknowledgement is refused: {error}")))?;
        let heard = Acknowledgement::parse(&payload).expect("it was taken");
        let (id, source, replica) = (link.id, link.source, link.replica);
        let end = place(&heard.file, heard.position);
        self.say(|| format!("({id}) {} hears {:?} {end:?}", name(source), heard.kind));
        if source == 0 {
            self.heard(replica, end, heard.kind == Some(ReportKind::Applied));
        }
        self.observe()
    }

    /// One side of a connection learns that it is over.
    pub fn notice(&mut self) -> Checked<bool> {
        let of_source = |link: &Link| {
            link.sending.is_some() && (link.broken || (!link.receiving && link.up.len() == 0))
        };
        let of_replica = |link: &Link| {
            link.receiving && (link.broken || (link.sending.is_none() && link.down.len() == 0))
        };
        let ready = self.links_where(|link| of_source(link) || of_replica(link));
        let Some(at) = self.any(&ready) else { return Ok(false) };
        let (mut source, mut replica) = (of_source(&self.links[at]), of_replica(&self.links[at]));
        if source && replica {
            source = self.random.once_in(2);
            replica = !source;
        }
        if source {
            self.close_sending(at);
        }
        if replica {
            self.close_receiving(at);
        }
        self.links.retain(|link| !link.is_over());
        self.observe()?;
        Ok(true)
    }

    /// A replica makes a group of the commits that its applier has put in line.
    pub fn lead(&mut self) -> Checked<bool> {
        let ready = self.servers_where(|server| {
            server.role.number > 0
                && server.life.as_ref().is_some_and(|life| life.engine.waiting_commits() > 0)
        });
        let Some(number) = self.any(&ready) else { return Ok(false) };
        self.servers[number].life().engine.step_commits();
        self.say(|| format!("{} commits a group", name(number)));
        Ok(true)
    }

    /// An applier goes on until it waits.
    pub fn poll(&mut self) -> Checked<bool> {
        let ready = self.servers_where(|server| {
            let side = server.life.as_ref().and_then(|life| life.follower.as_ref());
            side.is_some_and(|side| side.is_woken())
        });
        let Some(number) = self.any(&ready) else { return Ok(false) };
        self.apply(number)?;
        Ok(true)
    }

    pub fn apply(&mut self, number: usize) -> Checked {
        let Some(side) = &mut self.servers[number].life_mut().follower else { return Ok(()) };
        let failed = side.poll_applier();
        self.say(|| format!("{} applies: {failed:?}", name(number)));
        let server = &self.servers[number];
        let expected = failed.is_none() || server.faulty || server.is_dead();
        ensure(expected, || format!("the applier of {} ends: {failed:?}", name(number)))
    }
}
