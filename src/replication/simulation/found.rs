//! What the simulation has found in the servers, each as the few steps that show it.

use super::defects::Defect;
use super::server::uuid;
use super::truth::Checked;
use super::world::{Trace, World};
use crate::disk::Faults;
use crate::replication::ack::{AckLevel, OnTimeout, Policy};

/// A primary and one replica of our own, which has everything.
fn pair() -> World {
    let worlds = (0..200).filter_map(|seed| World::new(seed, Defect::None, Trace::default()).ok());
    let mut worlds = worlds.filter(|world| world.servers.len() == 2);
    let mut world = worlds
        .find(|world| world.servers[1].role.auto_position)
        .expect("one of so many worlds is small");
    let policy = Policy { on_timeout: OnTimeout::Block, ..Policy::default() };
    set(&mut world, policy);
    world.settle_all().expect("equal copies");
    world
}

fn set(world: &mut World, policy: Policy) {
    world.servers[0].policy = policy;
    world.apply_policy().expect("a policy");
}

/// Writes until something is logged.
fn commit(world: &mut World) {
    let before = world.truth.log.len();
    while world.truth.log.len() == before {
        world.write().expect("a write");
    }
}

/// Lets time pass until what was sent has arrived, and takes so many packets, or all.
fn arrive(world: &mut World, count: usize) -> Checked {
    world.pass(200)?;
    for _ in 0..count.min(world.links[0].down.len()) {
        world.receive(0)?;
    }
    Ok(())
}

fn replica_has(world: &World) -> usize {
    world.servers[1].life().has(uuid(0), "the replica").expect("no gap")
}

/// The disk is full when the end of a transaction comes: it was counted as received before it was written, and never
/// asked for again.
#[test]
fn what_a_full_disk_refused_is_asked_for_again() {
    let mut world = pair();
    commit(&mut world);
    world.send(0, false).unwrap();
    let capacity = Some(world.servers[1].disk.used());
    world.servers[1].disk.set_faults(Faults { capacity, ..Faults::default() });
    world.servers[1].faulty = true;
    let before = replica_has(&world);
    arrive(&mut world, usize::MAX).unwrap();
    assert_eq!(replica_has(&world), before, "it is not there");
    world.servers[1].disk.set_faults(Faults::default());
    world.settle_all().expect("equal copies");
}

/// After a failed sync nobody knows what the relay log has on the disk, and a request for what follows would say that
/// it has all before.
#[test]
fn a_failed_sync_is_followed_by_no_request() {
    let mut world = pair();
    commit(&mut world);
    world.send(0, false).unwrap();
    arrive(&mut world, usize::MAX).unwrap();
    world.servers[1].disk.set_faults(Faults { failed_sync_after: Some(0), ..Faults::default() });
    world.servers[1].faulty = true;
    world.settle(0).unwrap();
    world.servers[1].disk.set_faults(Faults::default());
    while world.notice().unwrap() {}
    world.connect_replica(1).unwrap();
    assert!(world.links.iter().all(|link| !link.receiving), "it asked");
    world.crash_server(1, true).unwrap();
    world.bring_up(1).expect("what it promised");
    world.settle_all().expect("equal copies");
}

/// A replica that has everything was not in sync after its restart until it had applied something, and with
/// `min_in_sync` nothing could be written that it might apply.
#[test]
fn an_idle_replica_is_in_sync_after_its_restart() {
    let mut world = pair();
    commit(&mut world);
    world.settle_all().expect("equal copies");
    for number in [1, 0] {
        world.crash_server(number, true).unwrap();
        world.bring_up(number).unwrap();
        let level = AckLevel::FullSync;
        let on_timeout = OnTimeout::Block;
        set(&mut world, Policy { level, on_timeout, min_in_sync: 1, ..Policy::default() });
        (0..300).for_each(|_| world.round().expect("a round"));
        let may_write = world.servers[0].life().acknowledgement().may_write();
        assert_eq!(may_write, Ok(()), "after a restart of {number}");
    }
}

/// A replica has a transaction, and its acknowledgement was lost with the connection: over the next one nothing was
/// sent, and so nothing was asked for.
#[test]
fn a_lost_acknowledgement_comes_over_the_next_connection() {
    let mut world = pair();
    let (level, on_timeout) = (AckLevel::SemiSync, OnTimeout::Block);
    set(&mut world, Policy { level, on_timeout, ..Policy::default() });
    commit(&mut world);
    world.send(0, false).unwrap();
    arrive(&mut world, usize::MAX).unwrap();
    world.settle(0).unwrap();
    world.links[0].broken = true;
    world.settle_all().expect("the client has its answer");
}
