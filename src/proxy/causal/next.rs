//! The transaction that a replica will apply next: to wait for it is to be told when the replica moves.

use crate::gtid::{Gtid, GtidSet, Interval, MariaDbGtid, MariaDbPosition, Position, Source};

/// The transaction that a server which has `applied` will apply next, judging by what the primary has and
/// by what that `grew` by last. `None` where nothing tells.
pub fn next(
    applied: &Position,
    primary: Option<&Position>,
    grew: Option<&Position>,
) -> Option<Position> {
    match applied {
        Position::MySql(own) => {
            let set = |position: Option<&Position>| match position {
                Some(Position::MySql(set)) => set.clone(),
                _ => GtidSet::default(),
            };
            let gtid = next_mysql(own, set(primary), set(grew))?;
            let mut wanted = GtidSet::default();
            wanted.insert(gtid);
            Some(Position::MySql(wanted))
        }
        Position::MariaDb(own) => {
            let position = |position: Option<&Position>| match position {
                Some(Position::MariaDb(position)) => position.clone(),
                _ => MariaDbPosition::default(),
            };
            let gtid = next_mariadb(own, position(primary), &position(grew))?;
            let mut wanted = MariaDbPosition::default();
            wanted.insert(gtid);
            Some(Position::MariaDb(wanted))
        }
    }
}

fn next_mysql(own: &GtidSet, primary: GtidSet, grew: GtidSet) -> Option<Gtid> {
    let mut lacks = primary.clone();
    lacks.subtract(own);
    if let Some((source, numbers)) = lacks.iter().next() {
        let number = numbers.iter().next()?.start;
        return Some(Gtid { source: source.clone(), number });
    }
    // It is level: the source that grew last will grow again, else the one that has done most.
    let growing = grew.iter().next().map(|(source, _)| source.clone());
    let source = growing.or_else(|| busiest(&primary)).or_else(|| busiest(own))?;
    let last = own.iter().find(|(known, _)| **known == source);
    let last =
        last.and_then(|(_, numbers)| numbers.iter().last()).map_or(0, |part: &Interval| part.end);
    Some(Gtid { source, number: last.checked_add(1)? })
}

fn busiest(set: &GtidSet) -> Option<Source> {
    set.iter().max_by_key(|(_, numbers)| numbers.count()).map(|(source, _)| source.clone())
}

fn next_mariadb(
    own: &MariaDbPosition,
    primary: MariaDbPosition,
    grew: &MariaDbPosition,
) -> Option<MariaDbGtid> {
    let mut lacks = primary.clone();
    lacks.subtract(own);
    let busiest =
        |position: &MariaDbPosition| position.iter().max_by_key(|gtid| gtid.sequence).copied();
    let first = |position: &MariaDbPosition| position.iter().next().copied();
    let growing = first(&lacks).or_else(|| first(grew));
    let like = growing.or_else(|| busiest(&primary)).or_else(|| busiest(own))?;
    let last = own.iter().find(|gtid| gtid.domain == like.domain).map_or(0, |gtid| gtid.sequence);
    Some(MariaDbGtid { sequence: last.checked_add(1)?, ..like })
}
