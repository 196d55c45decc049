//! The TLS sessions that full handshakes leave behind, for a later connection that resumes one.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rustls::{
    NamedGroup,
    client::{ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue},
};
use rustls_pki_types::ServerName;

/// Keeps sessions but offers none, so that each handshake with it is a full one.
pub(super) struct Kept {
    sessions: Arc<ClientSessionMemoryCache>,
    has_any: AtomicBool,
}

impl Kept {
    pub(super) fn new() -> Self {
        Self { sessions: ClientSessionMemoryCache::new(SESSIONS).into(), has_any: AtomicBool::new(false) }
    }

    /// The store that offers the sessions.
    pub(super) fn sessions(&self) -> Arc<dyn ClientSessionStore> {
        self.sessions.clone()
    }

    pub(super) fn has_any(&self) -> bool {
        self.has_any.load(Ordering::Relaxed)
    }
}

impl ClientSessionStore for Kept {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.sessions.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.sessions.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.sessions.set_tls12_session(server, session);
        self.has_any.store(true, Ordering::Relaxed);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.sessions.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, session: Tls13ClientSessionValue) {
        self.sessions.insert_tls13_ticket(server, session);
        self.has_any.store(true, Ordering::Relaxed);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kept").finish_non_exhaustive()
    }
}

/// Sessions that are kept: those of one server, of which the latest ones count.
const SESSIONS: usize = 8;
