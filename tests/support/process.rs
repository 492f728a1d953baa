//! A process seen from outside: signals, CPU time and memory, from `/proc` and `kill`.

use std::process::Command;
use std::time::Duration;

/// A process id, as the kernel counts them.
pub type Pid = u32;

/// Linux reports CPU time in ticks of 10 ms (`USER_HZ` is 100 on every architecture that we run on).
const TICK: Duration = Duration::from_millis(10);

/// Sends `signal` ("TERM", "KILL", "STOP", "CONT" …) to one process that a test started.
pub fn signal(pid: Pid, signal: &str) {
    let status = Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).status();
    assert!(status.is_ok_and(|s| s.success()), "kill -{signal} {pid} failed");
}

/// Whether every thread of the process has stopped, some time after SIGSTOP.
pub fn is_stopped(pid: Pid) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    let mut stats =
        threads.flatten().map(|thread| std::fs::read_to_string(thread.path().join("stat")));
    stats.all(|stat| {
        let stat = stat.unwrap_or_default();
        // the state follows the name, which may hold anything but is in parentheses (proc(5))
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T'))
    })
}

/// User plus system time that the process has used so far.
pub fn cpu_time(pid: Pid) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // the name, in parentheses, may hold anything: count the fields behind it (proc(5): utime is 14, stime 15)
    let behind_name = stat.rsplit_once(')').expect("a name in parentheses").1;
    let ticks: u32 = behind_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|f| f.parse::<u32>().expect("ticks"))
        .sum();
    TICK * ticks
}

/// Resident memory now, in KiB.
pub fn resident_kib(pid: Pid) -> u64 {
    status_number(pid, "VmRSS:")
}

/// The most resident memory that the process ever had, in KiB.
pub fn peak_resident_kib(pid: Pid) -> u64 {
    status_number(pid, "VmHWM:")
}

/// How many threads the process has.
pub fn threads(pid: Pid) -> u64 {
    status_number(pid, "Threads:")
}

/// How many files and sockets the process has open.
pub fn open_files(pid: Pid) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).expect("the process runs").count()
}

fn status_number(pid: Pid, key: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line =
        status.lines().find_map(|line| line.strip_prefix(key)).expect("a key of /proc/PID/status");
    line.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number")
}
