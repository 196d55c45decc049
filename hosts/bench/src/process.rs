//! The CPU time of a server.

use std::{fs, path::PathBuf, time::Duration};

/// The CPU time of a process and its children.
pub fn cpu_time(process: u32) -> Duration {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
    let children = children.split_whitespace().map(|child| child.parse().unwrap());
    let nanoseconds = children.chain([process]).flat_map(threads).map(|thread| {
        let counts = fs::read_to_string(thread.join("schedstat")).expect("the kernel must count (CONFIG_SCHED_INFO)");
        counts.split_whitespace().next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// The threads of a process.
fn threads(process: u32) -> Vec<PathBuf> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    threads.map(|thread| thread.unwrap().path()).collect()
}
