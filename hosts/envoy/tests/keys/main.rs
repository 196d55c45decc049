//! The issuers' keys: from files, from services, and of several issuers. In one program, because these tests mostly wait.

mod by_fetch;
mod by_file;
mod issuers;
