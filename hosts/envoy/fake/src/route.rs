//! The configuration of a route.

use std::ffi::c_void;

use crate::hooks;

/// The configuration of a route.
#[derive(Debug)]
pub struct RouteConfiguration(pub(crate) *const c_void);

impl RouteConfiguration {
    pub(crate) const fn module(&self) -> *const c_void {
        self.0
    }
}

impl Drop for RouteConfiguration {
    fn drop(&mut self) {
        hooks::route_config_destroy(self.0);
    }
}
