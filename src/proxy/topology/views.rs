//! Where the current [`View`] is published: cheap to load (no lock, no shared counter), and
//! possible to wait on.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::cache::Cache;
use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

use super::View;

/// The current view. Clones share it.
#[derive(Clone)]
pub struct Views(Arc<Shared>);

struct Shared {
    current: ArcSwap<View>,
    /// Carries the generation only; it wakes those who wait.
    changed: watch::Sender<u64>,
}

/// A reader's own copy of the current view, renewed when another one is published. Costs one load
/// of a shared word when nothing has changed.
pub struct ViewCache(Cache<Published, Arc<View>>);

/// Where views are published, as the cache wants it.
struct Published(Arc<Shared>);

impl std::ops::Deref for Published {
    type Target = ArcSwap<View>;

    fn deref(&self) -> &ArcSwap<View> {
        &self.0.current
    }
}

impl ViewCache {
    /// The current view.
    pub fn load(&mut self) -> &Arc<View> {
        self.0.load()
    }
}

impl Views {
    /// A cache for one reader that looks often.
    pub fn cache(&self) -> ViewCache {
        ViewCache(Cache::new(Published(Arc::clone(&self.0))))
    }

    /// Publishes a first view.
    pub fn new(first: View) -> Self {
        let (changed, _) = watch::channel(first.generation);
        Self(Arc::new(Shared { current: ArcSwap::from_pointee(first), changed }))
    }

    /// The current view, for use within one decision. Hold it across an `await` only as an `Arc`
    /// ([`Views::current`]).
    pub fn load(&self) -> Guard<Arc<View>> {
        self.0.current.load()
    }

    /// The current view, to keep.
    pub fn current(&self) -> Arc<View> {
        self.0.current.load_full()
    }

    /// Replaces the view and wakes those who wait. The caller sees to rising generations.
    pub fn publish(&self, view: View) {
        let generation = view.generation;
        self.0.current.store(Arc::new(view));
        self.0.changed.send_replace(generation);
    }

    /// Waits until a view satisfies `wanted`; the current one may. `None` after `limit`.
    pub async fn wait_until(
        &self,
        mut wanted: impl FnMut(&View) -> bool,
        limit: Duration,
    ) -> Option<Arc<View>> {
        let mut changed = self.0.changed.subscribe();
        let search = async {
            loop {
                changed.mark_unchanged();
                let view = self.current();
                if wanted(&view) {
                    return Some(view);
                }
                changed.changed().await.ok()?;
            }
        };
        tokio::time::timeout(limit, search).await.ok().flatten()
    }

    /// Waits for the next view after the one with `generation`.
    pub async fn newer_than(&self, generation: u64) -> Arc<View> {
        let mut changed = self.0.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let view = self.current();
            if view.generation > generation || changed.changed().await.is_err() {
                return view;
            }
        }
    }
}
